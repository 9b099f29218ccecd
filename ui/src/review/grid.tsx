import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import type { ReviewRow } from '../host/commands';
import { words } from '../words/words';
import type { ReviewList } from './list';
import { Row } from './row';
import rows from './row.module.css';
import { fullHeight, reveal, topOf, visible, type Heights } from './scroll';
import styles from './grid.module.css';

interface Props {
  list: ReviewList;
  initials: string;
  ledger: string;
  /** Under the row at the cursor, when it is open. */
  under: (row: ReviewRow, onHeight: (height: number) => void) => ReactNode;
  onPoint: (index: number, box: boolean) => void;
  /** How many rows a page of the keyboard is. */
  onPage: (rows: number) => void;
}

/**
 * The rows, as many as fit. All but the opened one are equally high, so places are
 * arithmetic and a key costs the same in a list of ten rows and of a hundred thousand.
 */
export function Grid({ list, initials, ledger, under, onPoint, onPage }: Props) {
  const state = useSyncExternalStore(list.subscribe, () => list.state);
  const scroller = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(list.scrollTop);
  const [size, setSize] = useState({ height: 600, row: 32 });
  const [extra, setExtra] = useState(194);
  const cursorRow = state.rows.get(state.cursor);
  const open = state.open && cursorRow ? state.cursor : -1;
  const heights: Heights = useMemo(() => ({ row: size.row, total: state.total, open, extra }), [size.row, state.total, open, extra]);
  const { from, to } = visible(scrollTop, size.height, heights);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const measure = () => {
      const row = Number.parseInt(getComputedStyle(element).getPropertyValue('--row'), 10) || 32;
      setSize({ height: element.clientHeight, row });
      onPage(Math.max(1, Math.floor(element.clientHeight / row) - 1));
    };
    measure();
    const seen = new ResizeObserver(measure);
    seen.observe(element);
    const density = new MutationObserver(measure);
    density.observe(document.documentElement, { attributeFilter: ['data-density'] });
    return () => {
      seen.disconnect();
      density.disconnect();
    };
  }, [onPage]);

  // Those who listen are in the list at once, and the arrows are theirs.
  useEffect(() => {
    if (document.activeElement === document.body) scroller.current?.focus({ preventScroll: true });
  }, []);

  useLayoutEffect(() => list.look(from, to), [list, from, to, state.revision, state.total]);

  // After an answer the row at the cursor stays where it was on the screen; after a move it is shown.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || state.revision === null) return;
    const moved = list.moved;
    list.moved = null;
    const kept = moved && moved.from >= 0 ? element.scrollTop + (moved.to - moved.from) * heights.row : list.scrollTop;
    element.scrollTop = reveal(state.cursor, Math.max(0, kept), size.height, heights);
    list.scrollTop = element.scrollTop;
    setScrollTop(element.scrollTop);
  }, [list, state.cursor, state.revision, size.height, heights]);

  const onHeight = useCallback((height: number) => setExtra(height + EDGE), []);
  const items: ReactNode[] = [];
  for (let index = Math.max(0, from - 3); index <= Math.min(state.total - 1, to + 3); index++) {
    const row = state.rows.get(index);
    const focused = index === state.cursor;
    items.push(
      <Row
        key={row?.key ?? `at ${index}`}
        row={row}
        index={index}
        top={topOf(index, heights)}
        height={heights.row + (index === open ? extra : 0)}
        focused={focused}
        initials={initials}
        ledger={ledger}
        onPoint={onPoint}
      >
        {focused && open === index && row ? under(row, onHeight) : null}
      </Row>,
    );
  }

  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={words.review.grid}
      aria-rowcount={state.total + 1}
      aria-colcount={11}
      aria-activedescendant={state.total > 0 ? `row-${state.cursor}` : undefined}
      tabIndex={0}
      data-testid="review-grid"
      onScroll={(event) => {
        list.scrollTop = event.currentTarget.scrollTop;
        setScrollTop(event.currentTarget.scrollTop);
      }}
    >
      <div className={styles.pages} role="rowgroup" style={{ height: Math.max(fullHeight(heights), size.height) }}>
        <div className={`${rows.columns} ${styles.spine}`} role="presentation">
          <span />
        </div>
        {items}
      </div>
    </div>
  );
}

/** What the outline adds below an opened row. */
const EDGE = 1;
