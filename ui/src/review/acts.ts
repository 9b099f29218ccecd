import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Changed, DeclineReason, Problem, ReviewRow, Signable } from '../host/commands';
import { problemOf, useHost } from '../host/host';
import { useFormats } from '../format/formats';
import { useSay } from '../frame/notice';
import { plural, words } from '../words/words';
import type { ReviewList } from './list';

export type Acts = ReturnType<typeof useActs>;

/** What a person does to rows. What happens on this computer is shown at once and taken back if the desk says no. */
export function useActs(list: ReviewList, initials: string) {
  const host = useHost();
  const client = useQueryClient();
  const say = useSay();
  const formats = useFormats();
  return useMemo(() => {
    const settle = async (asked: Promise<Changed>): Promise<Changed | null> => {
      try {
        const changed = await asked;
        await list.settled(changed);
        const refused = changed.not_done[0];
        if (refused) say({ kind: 'problem', problem: named(refused.problem, list, refused.key), lead: plural(words.review.notDone, changed.not_done.length, formats.count(changed.not_done.length)) });
        return changed;
      } catch (error) {
        say({ kind: 'problem', problem: problemOf(error) });
        await list.reload();
        return null;
      } finally {
        void client.invalidateQueries();
      }
    };
    /** Reads one row anew where it stands: it may have left its bucket, but not the eye. */
    const again = async (key: string) => {
      if (list.state.query.bucket === 'all') return list.reload();
      const query = { bucket: 'all', month: null, search: '' } as const;
      const { rows } = await host.call('review_rows', { query, anchor: { at: 'row', key }, before: 0, after: 1 });
      const row = rows.find((one) => one.key === key);
      if (row) list.patch([key], row);
    };
    const takenBack = async (key: string, asked: Promise<Changed>) => {
      if (!(await settle(asked))) return;
      await list.reload(key);
      say({ kind: 'done', text: words.review.takenBack });
    };
    const signRows = async ({ rows, yes }: Pick<Signable, 'rows' | 'yes'>) => {
      const keys = rows.map((row) => row.key);
      const patch = { state: 'countersigned', initials, at: now() } as const;
      list.patch(keys, patch);
      list.patch(yes.map((one) => one.key), { class: 'settled', found_by: { by: 'you_chose', on: now().slice(0, 10) } });
      const changed = await settle(host.call('countersign', { rows, yes }));
      if (changed) list.remember(() => takeBack([...keys, ...yes.map((one) => one.key)]));
      return changed;
    };
    const takeBack = async (keys: string[]) => {
      const changed = await settle(host.call('undo', { keys }));
      await list.reload(keys[0]);
      if (changed && changed.not_done.length === 0) say({ kind: 'done', text: plural(words.review.undone, changed.done, formats.count(changed.done)) });
    };
    /** Yes to what a row is, or what money pays. */
    const sayYes = async ({ key }: ReviewRow, documents: string[]) => {
      if (!(await settle(host.call('choose', { key, documents })))) return;
      list.remember(() => takenBack(key, host.call('forget_choice', { key })));
      await again(key);
    };
    return {
      async sign(row: ReviewRow) {
        say(null);
        const signing = signRows({ rows: [{ key: row.key, fingerprint: row.fingerprint }], yes: [] });
        list.next();
        await signing;
      },
      async signAll({ rows, yes }: Signable) {
        const changed = await signRows({ rows, yes });
        if (changed) {
          const said = [rows.length > 0 && plural(words.review.signedNow, rows.length, formats.count(rows.length)), yes.length > 0 && plural(words.review.yesNow, yes.length, formats.count(yes.length))];
          say({ kind: 'done', text: said.filter(Boolean).join(' ') });
        }
        list.next();
      },
      signable: () => host.call('signable', list.state.query),
      async decline(row: ReviewRow, reason: DeclineReason) {
        // A no to the pair leaves the row open for another document; the desk says which.
        const pair = reason.class === 'not_this';
        if (!pair) list.patch([row.key], { state: 'declined', at: now() });
        list.next();
        if (!(await settle(host.call('decline', { key: row.key, reason })))) return;
        list.remember(() => takenBack(row.key, pair ? host.call('forget_no', { key: row.key, document: null }) : host.call('reopen', { keys: [row.key] })));
        if (pair) await again(row.key);
      },
      async reopen(row: ReviewRow) {
        if (await settle(host.call('reopen', { keys: [row.key] }))) await list.reload();
      },
      async choose(row: ReviewRow, documents: string[]) {
        list.toggle(false);
        await sayYes(row, documents);
      },
      /** Yes to what money is proposed to pay. */
      async match(row: ReviewRow) {
        say(null);
        list.toggle(false);
        list.next();
        await sayYes(row, row.pays.map((paid) => paid.id));
      },
      async forget(row: ReviewRow) {
        if (await settle(host.call('forget_choice', { key: row.key }))) await again(row.key);
      },
      /** A no to one document is taken back. */
      async allow(row: ReviewRow, document: string) {
        if (await settle(host.call('forget_no', { key: row.key, document }))) await again(row.key);
      },
      /** The last act, or else the newest signatures of this person, as they were given. Whether there was anything. */
      async undo(): Promise<boolean> {
        const act = list.forget();
        if (act) {
          await act();
          return true;
        }
        const { signings } = await host.call('undo_log', {});
        const last = signings.find((signing) => signing.initials === initials);
        if (!last) return false;
        await takeBack(last.rows.map((row) => row.key));
        return true;
      },
      takeBack,
    };
  }, [list, initials, host, client, say, formats]);
}

/** The problem with the row's number instead of its key. */
function named(problem: Problem, list: ReviewList, key: string): Problem {
  const row = [...list.state.rows.values()].find((one) => one.key === key);
  return row && 'what' in problem.params ? { ...problem, params: { ...problem.params, what: row.left.number } } : problem;
}

function now(): string {
  return new Date().toISOString();
}
