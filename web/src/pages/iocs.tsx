// Indicators of compromise: what is known to be bad, who says so, how long it
// counts and how often it was found.

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState, type FormEvent } from "react";
import { TextFilter } from "../alert/Filters";
import { iocPages, removeIOCs, renewIOCs, testIOCs } from "../api/queries";
import type { IOC, IOCHit, Level } from "../api/types";
import { Icon } from "../parts/Icon";
import { MenuButton } from "../parts/Menu";
import { notify } from "../parts/Notices";
import { counted, exact } from "../parts/number";
import { SeverityMark } from "../parts/Severity";
import { Empty, Failed, reason, SkeletonRows } from "../parts/state";
import { copy } from "../parts/Value";
import { When } from "../parts/When";
import { AddIOC } from "../rule/AddIOC";
import { Subjects } from "../rule/Subjects";
import { useMay } from "../session/gate";
import { Confirm } from "../settings/parts";
import { Table, type Column } from "../table/Table";
import { useWide } from "../table/wide";
import { useGo, useUrl } from "../url";

const rowKey = (i: IOC) => `${i.id} ${i.source ?? ""}`;
const types = ["md5", "sha1", "sha256", "imphash", "tlsh", "ip", "cidr", "domain", "hostname", "url", "filename", "regex"];

export function IOCs() {
  const url = useUrl();
  const go = useGo();
  const analyst = useMay("analyst");
  const wide = useWide();
  const client = useQueryClient();
  const [cursor, setCursor] = useState<string>();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState(false);
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    iocPages({ search: url.text, type: url.kind, source: url.host, expired: url.status === "expired" || undefined }),
  );
  const rows = useMemo(() => (data?.pages ?? []).flatMap((p) => p.iocs), [data]);
  const first = data?.pages[0];
  const columns = useMemo(() => columnsFor(wide), [wide]);
  const end = useCallback(() => { if (hasNextPage && !isFetchingNextPage) void fetchNextPage(); }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const chosen = rows.filter((i) => picked.has(rowKey(i)));
  const drop = async () => {
    setAsked(false);
    try {
      let gone = 0;
      for (const [source, ids] of bySource(chosen)) gone += (await removeIOCs({ values: ids, ...(source ? { source } : {}) })).removed;
      notify(`Removed ${counted(gone, "indicator")}`);
      setPicked(new Set());
      renewIOCs(client);
    } catch (e) {
      notify(`Not removed. ${reason(e)}`, "bad");
    }
  };
  const sources = [...new Set((first?.sources ?? []).map((s) => s.source))];
  if (!data && error) return <Failed what="The indicators could not be loaded" error={error} retry={() => void refetch()} />;
  const filtered = url.text || url.kind || url.host || url.status;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <h1 className="sr-only">Indicators of compromise</h1>
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-panel px-3 py-1.5">
        <Subjects here="iocs" />
        <TextFilter value={url.text ?? ""} onChange={(t) => go.set({ text: t || undefined }, true)} placeholder="Value, note, tag" />
        <MenuButton label="Type" entries={[{ label: "Any type", checked: !url.kind, run: () => go.set({ kind: undefined }) }, ...types.map((t) => ({ label: t, checked: url.kind === t, run: () => go.set({ kind: t }) }))]}>
          {url.kind ?? "Type"} <Icon name="down" size={12} />
        </MenuButton>
        <MenuButton label="Source" entries={[{ label: "Any source", checked: !url.host, run: () => go.set({ host: undefined }) }, ...sources.filter(Boolean).map((s) => ({ label: s, checked: url.host === s, run: () => go.set({ host: s }) }))]}>
          {url.host ?? "Source"} <Icon name="down" size={12} />
        </MenuButton>
        <button type="button" className="control" aria-pressed={url.status === "expired"} onClick={() => go.set({ status: url.status === "expired" ? undefined : "expired" })}>expired</button>
        <span className="flex-1" />
        {analyst && chosen.length > 0 && <button type="button" className="control danger" onClick={() => setAsked(true)}>Remove {exact(chosen.length)}</button>}
        <Lookup />
        {analyst && <button type="button" className="control primary" onClick={() => setAdding(true)}><Icon name="plus" size={13} />Add</button>}
      </div>
      {isPending ? <SkeletonRows /> : rows.length === 0 ? (
        <div className="flex-1 bg-panel">
          {filtered
            ? <Empty title="No indicator meets these filters" action={<button type="button" className="control" onClick={() => go.set({ text: undefined, kind: undefined, host: undefined, status: undefined })}>Show all</button>} />
            : <Empty title="There are no indicators">Add some here, or import lists, MISP, STIX or OpenIOC files with <code>vedette ioc import FILE</code>.</Empty>}
        </div>
      ) : (
        <Table
          label="Indicators" rows={rows} rowKey={rowKey} columns={columns} cursor={cursor} minWidth={760} onCursor={setCursor} onOpen={setCursor} onEnd={end}
          {...(analyst ? { selection: { keys: picked, change: setPicked } } : {})}
        />
      )}
      <footer className="flex h-7 shrink-0 items-center gap-3 border-t border-line bg-panel px-3 text-sm text-soft">
        {first && <><span>{filtered ? `${exact(first.matched)} of ${counted(first.total, "indicator")}` : counted(first.total, "indicator")}</span>{first.version > 0 && <span>version {first.version}</span>}</>}
      </footer>
      {adding && <AddIOC onClose={() => setAdding(false)} />}
      {asked && (
        <Confirm title={`Remove ${counted(chosen.length, "indicator")}?`} verb="Remove" onYes={() => void drop()} onNo={() => setAsked(false)}>
          <ul className="font-mono">{chosen.slice(0, 8).map((i) => <li key={rowKey(i)} className="truncate">{i.value}</li>)}</ul>
          {chosen.length > 8 && <p className="text-soft">and {exact(chosen.length - 8)} more</p>}
        </Confirm>
      )}
    </div>
  );
}

function bySource(is: readonly IOC[]): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const i of is) out.set(i.source ?? "", [...(out.get(i.source ?? "") ?? []), i.id ?? i.value]);
  return out;
}

function columnsFor(wide: boolean): readonly Column<IOC>[] {
  const all: (Column<IOC> & { second?: boolean })[] = [
    { id: "level", title: "", width: "26px", cell: (i) => <SeverityMark level={(i.level ?? "high") as Level} size={14} /> },
    { id: "type", title: "Type", width: "76px", cell: (i) => <span className="text-soft">{i.type}</span> },
    { id: "value", title: "Value", width: "minmax(180px,2.4fr)", cell: (i) => <button type="button" tabIndex={-1} title={`${i.value}\nCopy`} className="max-w-full truncate font-mono hover:underline" onClick={(e) => { e.stopPropagation(); void copy(i.value); }}>{i.value}</button> },
    { id: "hits", title: "Hits", width: "56px", right: true, cell: (i) => (i.findings ? <a href={`/alerts?rule=${encodeURIComponent(i.id ?? "")}&status=all`} className="underline decoration-dotted">{exact(i.findings)}</a> : <span className="text-faint">–</span>) },
    { id: "source", title: "Source", width: "minmax(80px,0.8fr)", cell: (i) => i.source || <span className="text-faint">–</span> },
    { id: "expires", title: "Ends", width: "92px", cell: (i) => (i.expires ? <span className={i.expired ? "text-faint line-through" : "text-soft"}><When at={i.expires} form="stamp" /></span> : <span className="text-faint">never</span>) },
    { id: "note", title: "Note and tags", width: "minmax(100px,1.4fr)", cell: (i) => <span className="text-soft" title={[i.note, ...(i.tags ?? [])].filter(Boolean).join("\n")}>{[i.note, (i.tags ?? []).join(" ")].filter(Boolean).join(" · ") || "–"}</span> },
    { id: "at", title: "Added", width: "82px", second: true, cell: (i) => <span className="text-soft"><When at={i.at} /></span> },
    { id: "by", title: "By", width: "76px", second: true, cell: (i) => <span className="text-soft">{i.by}</span> },
  ];
  return wide ? all : all.filter((c) => !c.second);
}

/** Lookup says which indicators a value has, as the agents find them. */
function Lookup() {
  const [value, setValue] = useState("");
  const [hits, setHits] = useState<readonly IOCHit[]>();
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (value.trim() === "") return;
    try {
      setHits((await testIOCs([value.trim()])).hits);
    } catch (x) {
      notify(reason(x), "bad");
    }
  };
  return (
    <form onSubmit={(e) => void submit(e)} className="flex items-center gap-2" aria-label="Try a value">
      {hits && <span role="status" data-hits={hits.length} className={`max-w-72 truncate ${hits.length > 0 ? "text-bad" : "text-good"}`} title={hits.map((h) => `${h.type} ${h.indicator} (${h.source ?? "no source"})`).join("\n")}>{hits.length > 0 ? `bad: ${hits[0]!.type} ${hits[0]!.indicator}` : "not known as bad"}</span>}
      <input className="control w-44 font-mono" aria-label="Try a value" placeholder="Is this known?" value={value} onChange={(e) => { setValue(e.target.value); setHits(undefined); }} />
    </form>
  );
}
