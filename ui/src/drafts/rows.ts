import { keepPreviousData, useQueries } from '@tanstack/react-query';
import type { DraftRow, DraftRows } from '../host/commands';
import { useHost } from '../host/host';

const PAGE = 100;

/** The drafts as a list of pages, of which only those on screen are asked for. */
export function useDraftRows(from: number, to: number): { total: number; signed: number; row: (index: number) => DraftRow | undefined } | null {
  const host = useHost();
  const first = Math.floor(Math.max(0, from) / PAGE);
  const last = Math.floor(Math.max(0, to) / PAGE);
  const pages = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  const answers = useQueries({
    queries: pages.map((page) => ({
      queryKey: ['draft_rows', page],
      queryFn: () => host.call('draft_rows', { anchor: { at: 'index', index: page * PAGE }, before: 0, after: PAGE }),
      placeholderData: keepPreviousData,
    })),
  });
  const known = answers.map((answer) => answer.data).filter((data): data is DraftRows => data !== undefined);
  const any = known[0];
  if (!any) return null;
  return {
    total: any.total,
    signed: any.signed,
    row: (index) => {
      const page = known.find((one) => index >= one.first && index < one.first + one.rows.length);
      return page?.rows[index - page.first];
    },
  };
}
