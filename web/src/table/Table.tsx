// A virtual table: only the rows in view are in the document. One row is the
// cursor, moved with j and k or the arrows; rows can be selected.

import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useMemo, useRef, type ReactNode } from "react";
import { useKeys } from "../keyboard/keys";
import { Icon } from "../parts/Icon";
import { InTable } from "../parts/Value";

export interface Column<T> {
  id: string;
  title: string;
  width: string; // track of a CSS grid
  cell(row: T): ReactNode;
  right?: boolean;
  sort?: string; // name of the order, when the column can be sorted by
}

export interface Selection {
  keys: ReadonlySet<string>;
  change(keys: ReadonlySet<string>): void;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  rowKey(row: T): string;
  columns: readonly Column<T>[];
  cursor: string | undefined;
  onCursor(key: string): void;
  onOpen(key: string): void;
  selection?: Selection;
  sort?: string;
  onSort?(sort: string): void;
  onEnd?(): void; // the last rows are in view
  below?(row: T): ReactNode | undefined; // under an expanded row
  end?: ReactNode; // after the last row
  minWidth?: number;
}

const rowHeight = 28;

export function Table<T>(p: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const base = useId();
  const keys = useMemo(() => p.rows.map(p.rowKey), [p.rows, p.rowKey]);
  const at = p.cursor === undefined ? -1 : keys.indexOf(p.cursor);
  const rows = useVirtualizer({
    count: p.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (i) => keys[i]!,
    overscan: 12,
    useFlushSync: false,
  });
  const items = rows.getVirtualItems();
  const last = items[items.length - 1]?.index ?? -1;
  const { onEnd } = p;
  useEffect(() => {
    if (last >= 0 && last >= p.rows.length - 20) onEnd?.();
  }, [last, p.rows.length, onEnd]);

  const to = (index: number) => {
    if (keys.length === 0) return;
    const i = Math.max(0, Math.min(keys.length - 1, index));
    p.onCursor(keys[i]!);
    rows.scrollToIndex(i);
  };
  const move = (by: number) => to(at < 0 ? 0 : at + by);
  const toggle = useCallback(
    (key: string, upTo: boolean) => {
      const s = p.selection;
      if (!s) return;
      const next = new Set(s.keys);
      if (upTo) {
        const i = keys.indexOf(key);
        let from = i;
        while (from > 0 && !next.has(keys[from - 1]!)) from--;
        for (let k = next.size === 0 ? i : from; k <= i; k++) next.add(keys[k]!);
      } else if (!next.delete(key)) next.add(key);
      s.change(next);
    },
    [keys, p.selection],
  );
  const page = () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(page()),
    PageUp: () => move(-page()),
    Home: () => to(0),
    End: () => to(keys.length - 1),
    Enter: () => at >= 0 && p.onOpen(keys[at]!),
    ...(p.selection ? { x: () => at >= 0 && toggle(keys[at]!, false), "Shift x": () => at >= 0 && toggle(keys[at]!, true) } : {}),
  });

  const template = `${p.selection ? "32px " : "12px "}${p.columns.map((c) => c.width).join(" ")} 8px`;
  const all = p.selection !== undefined && p.rows.length > 0 && p.selection.keys.size >= p.rows.length;
  const grid = useCallback((el: HTMLElement | null) => { if (el) el.style.gridTemplateColumns = template; }, [template]);
  const width = useCallback((el: HTMLElement | null) => { if (el) el.style.minWidth = p.minWidth ? `${p.minWidth}px` : ""; }, [p.minWidth]);
  return (
    <div ref={scroller} role="grid" aria-label={p.label} aria-rowcount={p.rows.length} aria-activedescendant={at >= 0 ? `${base}-${at}` : undefined} tabIndex={0} className="min-h-0 flex-1 overflow-auto bg-panel focus-visible:outline-offset-[-2px]">
      <div ref={width}>
        <div role="row" ref={grid} className="sticky top-0 z-10 grid h-7 items-center border-b border-line bg-raised text-sm text-soft">
          {p.selection ? (
            <span role="columnheader" className="flex justify-center">
              <input type="checkbox" aria-label="Select all" checked={all} onChange={() => p.selection!.change(all ? new Set() : new Set(keys))} />
            </span>
          ) : <span role="presentation" />}
          {p.columns.map((c) => <Header key={c.id} column={c} sort={p.sort} onSort={p.onSort} />)}
        </div>
        <div className="relative" ref={(el) => { if (el) el.style.height = `${rows.getTotalSize()}px`; }}>
          {items.map((v) => {
            const row = p.rows[v.index]!;
            const key = keys[v.index]!;
            const here = v.index === at;
            const picked = p.selection?.keys.has(key) ?? false;
            const below = p.below?.(row);
            return (
              <div
                key={v.key} data-index={v.index} data-key={key}
                ref={(el) => {
                  if (!el) return;
                  el.style.transform = `translateY(${v.start}px)`;
                  rows.measureElement(el);
                }}
                className="absolute inset-x-0 top-0"
              >
                <div
                  role="row" id={`${base}-${v.index}`} aria-rowindex={v.index + 1} aria-selected={here} ref={grid}
                  onClick={() => p.onOpen(key)}
                  className={`relative grid h-7 cursor-default items-center border-b border-line ${here ? "bg-chosen" : picked ? "bg-raised" : "hover:bg-hover"}`}
                >
                  {p.selection ? (
                    <span className="flex h-full items-center justify-center" onClick={(e) => e.stopPropagation()}>
                      <input type="checkbox" tabIndex={-1} aria-label="Select" checked={picked} onChange={(e) => toggle(key, (e.nativeEvent as MouseEvent).shiftKey)} />
                    </span>
                  ) : <span />}
                  {here && <span className="absolute inset-y-0 left-0 w-[3px] bg-accent" />}
                  <InTable value={true}>
                    {p.columns.map((c) => (
                      <span key={c.id} role="gridcell" className={`min-w-0 truncate pr-3 ${c.right ? "text-right" : ""}`}>{c.cell(row)}</span>
                    ))}
                  </InTable>
                </div>
                {below}
              </div>
            );
          })}
        </div>
      </div>
      {p.end}
    </div>
  );
}

function Header<T>({ column: c, sort, onSort }: { column: Column<T>; sort: string | undefined; onSort: ((s: string) => void) | undefined }) {
  const dir = c.sort === undefined ? undefined : sort === `-${c.sort}` ? "descending" : sort === c.sort ? "ascending" : undefined;
  return (
    <span role="columnheader" aria-sort={dir} className={`min-w-0 truncate pr-3 font-medium ${c.right ? "text-right" : ""}`}>
      {c.sort !== undefined && onSort ? (
        <button type="button" className="inline-flex items-center gap-0.5 hover:text-ink" onClick={() => onSort(dir === "descending" ? c.sort! : `-${c.sort}`)}>
          {c.title}
          {dir && <Icon name={dir === "descending" ? "sortDown" : "sortUp"} size={12} />}
        </button>
      ) : c.title}
    </span>
  );
}
