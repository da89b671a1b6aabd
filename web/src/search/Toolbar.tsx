import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { fields as askFields, type EventFilter } from "../api/queries";
import { Icon } from "../parts/Icon";
import { MenuButton, type Entry } from "../parts/Menu";
import { notify } from "../parts/Notices";
import { counted, exact } from "../parts/number";
import { reason } from "../parts/state";
import type { Span } from "../time/range";
import { useGo, useUrl } from "../url";
import { collect, most, save } from "./export";

interface Props {
  filter: EventFilter;
  span: Span;
  sort: string;
  columns: readonly string[];
  by: readonly string[];
  total: number | undefined;
  totalExact: boolean | undefined;
  took: number | undefined;
  listed: boolean;
  onListed(): void;
  onColumn(name: string): void;
}

const countable = ["event.action", "host.name", "process.name", "process.executable", "process.parent.name", "user.name", "file.path", "destination.ip", "destination.port", "rule.name"];
const offered = ["host.name", "event.action", "process.name", "process.pid", "process.executable", "process.command_line", "process.parent.name", "user.name", "file.path", "destination.ip", "destination.port", "source.ip", "process.hash.sha256", "rule.name", "what"];

export function Toolbar(p: Props) {
  const url = useUrl();
  const go = useGo();
  const { data } = useQuery(askFields());
  const kinds = (url.kind ?? "").split(",").filter(Boolean);
  const toggleKind = (k: string) => {
    const next = kinds.includes(k) ? kinds.filter((x) => x !== k) : [...kinds, k];
    go.set({ kind: next.join() || undefined, event: undefined });
  };
  return (
    <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line bg-panel px-3">
      <button type="button" className="control" aria-pressed={p.listed} onClick={p.onListed} title="Fields of the found events"><Icon name="columns" size={14} />Fields</button>
      <MenuButton label="Kinds of events" entries={[{ label: "All kinds", checked: kinds.length === 0, run: () => go.set({ kind: undefined }) }, "line", ...(data?.kinds ?? []).map((k): Entry => ({ label: k.name, checked: kinds.includes(k.name), run: () => toggleKind(k.name) }))]}>
        {kinds.length === 0 ? "All kinds" : kinds.length === 1 ? kinds[0] : `${kinds.length} kinds`} <Icon name="down" size={12} />
      </MenuButton>
      <MenuButton label="Columns" entries={[...new Set([...offered, ...p.columns])].map((c): Entry => ({ label: c === "what" ? "What (one line)" : c, checked: p.columns.includes(c), run: () => p.onColumn(c) }))}>
        Columns <Icon name="down" size={12} />
      </MenuButton>
      <MenuButton
        label="Count by"
        entries={[
          ...(p.by.length > 0 ? [{ label: "Back to the events", icon: "left", run: () => go.set({ by: undefined }) } as Entry, "line" as const] : []),
          ...[...new Set([...countable, ...p.by])].map((f): Entry => ({ label: f, checked: p.by.includes(f), run: () => go.set({ by: (p.by.includes(f) ? p.by.filter((x) => x !== f) : [...p.by, f].slice(-4)).join() || undefined }) })),
        ]}
      >
        {p.by.length > 0 ? `Count by ${p.by.join(", ")}` : "Count by"} <Icon name="down" size={12} />
      </MenuButton>
      {url.host && <button type="button" className="control" onClick={() => go.set({ host: undefined })}>host {url.host} <Icon name="close" size={11} /></button>}
      <span className="flex-1" />
      {p.by.length === 0 && p.total !== undefined && (
        <span className="tnum truncate text-soft" data-total={p.total} title={p.took === undefined ? undefined : `searched in ${p.took.toFixed(1)} ms`}>
          {p.totalExact === false ? `at least ${exact(p.total)} events` : counted(p.total, "event")}
          {p.took !== undefined && <span className="hidden text-faint wide:inline"> · {p.took < 10 ? p.took.toFixed(1) : Math.round(p.took)} ms</span>}
        </span>
      )}
      <Export {...p} />
    </div>
  );
}

function Export({ filter, span, sort, columns, total }: Props) {
  const [progress, setProgress] = useState<number>();
  const stop = useRef<AbortController>(undefined);
  const run = async (format: "jsonl" | "csv") => {
    stop.current = new AbortController();
    setProgress(0);
    try {
      const { lines, cut } = await collect({ format, span, filter, sort, columns, signal: stop.current.signal, progress: setProgress });
      save(lines, format, span);
      notify(cut ? `Saved the first ${exact(most)} events; narrow the range for the others` : `Saved ${counted(lines.length - (format === "csv" ? 1 : 0), "event")}`);
    } catch (e) {
      if (!stop.current.signal.aborted) notify(`Not saved. ${reason(e)}`, "bad");
    } finally {
      setProgress(undefined);
    }
  };
  if (progress !== undefined) {
    return <button type="button" className="control" onClick={() => stop.current?.abort()}>{exact(progress)} loaded. Stop</button>;
  }
  return (
    <MenuButton label="Export" disabled={!total} entries={[{ label: "JSON lines", note: "whole events", icon: "download", run: () => void run("jsonl") }, { label: "CSV", note: "the columns shown", icon: "download", run: () => void run("csv") }]}>
      <Icon name="download" size={14} />Export
    </MenuButton>
  );
}
