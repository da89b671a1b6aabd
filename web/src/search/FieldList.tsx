// The fields of the found events with their most frequent values.

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { count, type EventFilter } from "../api/queries";
import type { Event } from "../api/types";
import { predicate } from "../condition/token";
import { flat } from "../event/read";
import { Icon } from "../parts/Icon";
import { exact } from "../parts/number";
import { reason, Skeleton } from "../parts/state";
import type { Span } from "../time/range";

interface Props {
  events: readonly Event[];
  span: Span;
  filter: EventFilter;
  columns: readonly string[];
  onColumn(name: string): void;
  onFilter(predicate: string): void;
  onCount(name: string): void;
}

/** usual come first; the others by how many events have them. */
const usual = ["event.action", "host.name", "process.name", "process.executable", "process.command_line", "process.parent.name", "user.name", "file.path", "destination.ip", "destination.port", "rule.name"];

export function FieldList(p: Props) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState<string>();
  const fields = useMemo(() => {
    const seen = new Map<string, number>();
    for (const e of p.events.slice(0, 500)) for (const f of flat(e)) seen.set(f.name, (seen.get(f.name) ?? 0) + 1);
    const rank = (n: string) => (usual.includes(n) ? usual.indexOf(n) : 100);
    return [...seen.keys()].filter((n) => n !== "@timestamp" && n !== "event.id" && n !== "event.ingested").sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }, [p.events]);
  const shown = fields.filter((f) => f.includes(text.toLowerCase()));
  return (
    <aside aria-label="Fields" className="flex w-[232px] shrink-0 flex-col border-r border-line bg-panel">
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line px-2">
        <input type="search" aria-label="Find a field" placeholder="Find a field" className="control h-6! w-full" value={text} onChange={(e) => setText(e.target.value)} />
      </div>
      <ul className="min-h-0 flex-1 overflow-y-auto py-1">
        {shown.map((f) => (
          <li key={f}>
            <div className={`group flex h-6 items-center ${open === f ? "bg-raised" : "hover:bg-hover"}`}>
              <button type="button" aria-expanded={open === f} className="flex min-w-0 flex-1 items-center gap-1 pl-2 text-left" onClick={() => setOpen(open === f ? undefined : f)}>
                <Icon name={open === f ? "down" : "right"} size={11} className="text-faint" />
                <span className="truncate text-sm" title={f}>{f}</span>
              </button>
              <button
                type="button" className={`flex h-6 w-7 items-center justify-center ${p.columns.includes(f) ? "text-accent" : "text-faint opacity-0 group-hover:opacity-100 focus-visible:opacity-100"}`}
                aria-label={p.columns.includes(f) ? `Remove the column ${f}` : `Add the column ${f}`} title={p.columns.includes(f) ? "Remove the column" : "Add as column"} onClick={() => p.onColumn(f)}
              >
                <Icon name={p.columns.includes(f) ? "check" : "plus"} size={12} />
              </button>
            </div>
            {open === f && <Top field={f} {...p} />}
          </li>
        ))}
        {fields.length > 0 && shown.length === 0 && <li className="px-3 py-2 text-sm text-faint">No field of the found events has this name.</li>}
      </ul>
    </aside>
  );
}

function Top({ field, span, filter, onFilter, onCount }: Props & { field: string }) {
  const { data, error } = useQuery({ ...count(span, filter, [field], 10), placeholderData: undefined });
  if (error) return <p className="px-6 py-1 text-sm text-bad">{reason(error)}</p>;
  if (!data) return <div className="flex flex-col gap-1.5 py-1 pr-3 pl-6"><Skeleton className="h-3" /><Skeleton className="h-3 w-2/3" /></div>;
  const rows = data.rows.filter((r) => r.values[0] !== "");
  const most = Math.max(1, ...rows.map((r) => r.count));
  return (
    <div className="border-b border-line pb-1">
      {rows.length === 0 && <p className="px-6 text-sm text-faint">No values in this range.</p>}
      <ul>
        {rows.map((r) => {
          const v = r.values[0]!;
          return (
            <li key={v} className="group/v relative flex h-[22px] items-center gap-1 pr-1 pl-6 text-sm hover:bg-hover">
              <svg aria-hidden="true" className="absolute bottom-0 left-6 h-[2px] w-40" viewBox="0 0 100 2" preserveAspectRatio="none"><rect width={(100 * r.count) / most} height="2" fill="var(--color-line-strong)" /></svg>
              <button type="button" title={`Filter for ${v}`} className="min-w-0 flex-1 truncate text-left font-mono text-[11px]!" onClick={() => onFilter(predicate(field, "=", v))}>{v}</button>
              <button type="button" aria-label={`Filter out ${v}`} title="Filter out" className="hidden h-5 w-5 items-center justify-center text-soft group-hover/v:flex" onClick={() => onFilter(predicate(field, "!=", v))}><Icon name="exclude" size={12} /></button>
              <span className="tnum text-faint">{exact(r.count)}</span>
            </li>
          );
        })}
      </ul>
      <button type="button" className="pt-0.5 pl-6 text-sm text-accent hover:underline" onClick={() => onCount(field)}>{data.more > 0 ? `Count all ${exact(data.more + data.rows.length)} values` : "Count by this field"}</button>
    </div>
  );
}
