// Alerts: the list, filters and bulk actions; the detail opens beside it.

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { AlertPanel } from "../alert/AlertPanel";
import { closeReasons, useChange } from "../alert/change";
import { Filters } from "../alert/Filters";
import { alertGroups, alertPages, type AlertFilter } from "../api/queries";
import type { Alert, AlertGroup } from "../api/types";
import { useKeys } from "../keyboard/keys";
import { CloseDialog } from "../alert/CloseDialog";
import { Icon } from "../parts/Icon";
import { counted, exact } from "../parts/number";
import { Split } from "../parts/Panel";
import { SeverityMark } from "../parts/Severity";
import { Empty, Failed, SkeletonRows, Stale } from "../parts/state";
import { Value } from "../parts/Value";
import { When } from "../parts/When";
import { useMay, useSession } from "../session/gate";
import { Table, type Column } from "../table/Table";
import { useWide } from "../table/wide";
import { useClock, useSpan } from "../time/clock";
import { useHeld } from "../time/held";
import { useGo, useId, useUrl, type Params } from "../url";

export function filterOf(u: Params): AlertFilter {
  return {
    status: u.status === "all" ? undefined : (u.status ?? "open"),
    level: u.level, host: u.host, rule: u.rule, assignee: u.assignee, text: u.text, sort: u.sort ?? "-last",
  };
}

const columns: readonly Column<Alert>[] = [
  { id: "level", title: "Sev", width: "44px", sort: "severity", cell: (a) => <SeverityMark level={a.level} /> },
  { id: "last", title: "Time", width: "86px", sort: "last", cell: (a) => <span className="text-soft"><When at={a.last} /></span> },
  { id: "rule", title: "Rule", width: "minmax(190px,1.5fr)", cell: (a) => <span title={a.rule_name} className={a.status === "new" ? "font-medium" : ""}>{a.rule_name}</span> },
  { id: "host", title: "Host", width: "minmax(80px,0.6fr)", cell: (a) => <Value field="host.name" value={a.host_name} /> },
  { id: "process", title: "Process", width: "minmax(80px,0.6fr)", cell: (a) => <Value field="process.name" value={a.process ?? ""} className="font-mono" /> },
  { id: "user", title: "User", width: "94px", cell: (a) => <Value field="user.name" value={a.user ?? ""} /> },
  { id: "technique", title: "Technique", width: "92px", cell: (a) => <span className="text-soft" title={a.techniques.join(", ")}>{a.techniques[0] ?? "–"}{a.techniques.length > 1 && ` +${a.techniques.length - 1}`}</span> },
  { id: "status", title: "Status", width: "126px", cell: (a) => <StatusWord alert={a} /> },
  { id: "count", title: "Count", width: "60px", right: true, sort: "count", cell: (a) => exact(a.count) },
];

/** tracks beside an open detail */
const tracks: Record<string, string> = { level: "38px", last: "84px", rule: "minmax(110px,1fr)", host: "minmax(60px,84px)", status: "minmax(40px,104px)" };

export function StatusWord({ alert: a }: { alert: Alert }) {
  const icon = { new: "○", acknowledged: "◐", closed: "●" }[a.status];
  return <span className={a.status === "new" ? "" : "text-soft"} title={a.assignee ? `assigned to ${a.assignee}` : undefined}><span aria-hidden="true">{icon}</span> {a.status === "acknowledged" ? (a.assignee ?? "acknowledged") : a.status}</span>;
}

export function Alerts() {
  const url = useUrl();
  const id = useId();
  const go = useGo();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<string>();
  const at = id ?? cursor;
  const close = useCallback(() => { setCursor(id); go.at("/alerts"); }, [go, id]);
  useKeys(id ? { Escape: close } : selected.size > 0 ? { Escape: () => setSelected(new Set()) } : {});
  return (
    <Split name="alerts" standard={0.58} detail={id ? <AlertPanel key={id} id={id} onClose={close} /> : null}>
      <h1 className="sr-only">Alerts</h1>
      <Filters narrow={id !== undefined} />
      {url.group ? <Groups /> : <List at={at} narrow={id !== undefined} setCursor={setCursor} selected={selected} setSelected={setSelected} />}
    </Split>
  );
}

interface ListProps {
  at: string | undefined;
  narrow: boolean;
  setCursor(id: string): void;
  selected: ReadonlySet<string>;
  setSelected(s: ReadonlySet<string>): void;
}

function List({ at, narrow, setCursor, selected, setSelected }: ListProps) {
  const url = useUrl();
  const id = useId();
  const go = useGo();
  const now = useSpan();
  const { refresh } = useClock();
  const may = useMay("analyst");
  const me = useSession().user;
  const change = useChange();
  const [closing, setClosing] = useState<string[]>();
  const filter = useMemo(() => filterOf(url), [url]);
  const deep = useRef(false);
  const span = useHeld(now, `${url.from}|${url.to}|${JSON.stringify(filter)}`, deep.current);
  const found = useInfiniteQuery(alertPages(span, filter));
  const { data: pages, error, isPending } = found;
  deep.current = (pages?.pages.length ?? 0) > 1;
  const data = pages?.pages[0];
  const rows = useMemo(() => (pages?.pages ?? []).flatMap((p) => p.alerts), [pages]);
  const more = useCallback(() => { if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage(); }, [found]);
  const here = selected.size > 0 ? [...selected] : at ? [at] : [];
  const act = (c: Parameters<typeof change>[1]) => {
    if (here.length === 0 || !may) return;
    void change(here, c).then((ok) => ok && setSelected(new Set()));
  };
  useKeys({
    e: () => act({ status: "acknowledged" }),
    a: () => act({ assignee: me }),
    c: () => may && here.length > 0 && setClosing(here),
  });
  const wide = useWide();
  const shown = useMemo(() => (narrow ? columns.filter((c) => !["user", "technique", "count", "process"].includes(c.id) && (wide || c.id !== "status")).map((c) => (tracks[c.id] ? { ...c, width: tracks[c.id]! } : c)) : columns), [narrow, wide]);
  if (!data && error) return <Failed what="The alerts could not be loaded" error={error} retry={refresh} />;
  return (
    <>
      {data && error && <Stale error={error} />}
      {selected.size > 0 && (
        <div role="toolbar" aria-label="Selected alerts" className="flex h-9 shrink-0 items-center gap-2 border-b border-line bg-chosen px-3">
          <span className="font-medium">{counted(selected.size, "alert")} selected</span>
          <button type="button" className="control" disabled={!may} onClick={() => act({ status: "acknowledged" })}>Acknowledge</button>
          <button type="button" className="control" disabled={!may} onClick={() => act({ assignee: me })}>Assign to me</button>
          <button type="button" className="control" disabled={!may} onClick={() => setClosing([...selected])}>Close…</button>
          <span className="flex-1" />
          <button type="button" className="control quiet" onClick={() => setSelected(new Set())}><Icon name="close" size={14} /> Unselect</button>
        </div>
      )}
      {isPending ? <SkeletonRows /> : rows.length === 0 ? <Nothing /> : (
        <Table
          label="Alerts" rows={rows} rowKey={rowKey} columns={shown} cursor={at} minWidth={narrow ? 330 : 760}
          onCursor={(k) => (id ? go.at(`/alerts/${k}`, true) : setCursor(k))} onOpen={(k) => go.at(`/alerts/${k}`, id !== undefined)}
          selection={{ keys: selected, change: setSelected }} onEnd={more} sort={url.sort ?? "-last"} onSort={(s) => go.set({ sort: s === "-last" ? undefined : s })}
        />
      )}
      <footer className="flex h-7 shrink-0 items-center gap-3 border-t border-line bg-panel px-3 text-sm text-soft">
        {data && (data.total > rows.length ? `${exact(rows.length)} of ${counted(data.total, "alert")} loaded; the others follow as you scroll` : counted(data.total, "alert"))}
      </footer>
      {closing && (
        <CloseDialog
          count={closing.length} reasons={closeReasons} onCancel={() => setClosing(undefined)}
          onClose={(reason) => {
            void change(closing, { status: "closed", reason }).then((ok) => ok && setSelected(new Set()));
            setClosing(undefined);
          }}
        />
      )}
    </>
  );
}

const rowKey = (a: Alert) => a.id;
const groupKey = (g: AlertGroup) => g.newest;

function Nothing() {
  const go = useGo();
  const url = useUrl();
  const narrowed = url.level || url.host || url.rule || url.text || url.assignee;
  return (
    <div className="flex-1 bg-panel">
      <Empty
        title={narrowed ? "No alert meets these filters" : url.status === undefined || url.status === "open" ? "No open alerts in this range" : "No alerts in this range"}
        action={<button type="button" className="control" onClick={() => go.set({ status: "all", level: undefined, host: undefined, rule: undefined, text: undefined, assignee: undefined })}>Show all alerts</button>}
      >
        Closed alerts are hidden unless you ask for them, and the range at the top applies here too.
      </Empty>
    </div>
  );
}

const groupColumns: readonly Column<AlertGroup>[] = [
  { id: "level", title: "Sev", width: "44px", cell: (g) => <SeverityMark level={g.level} /> },
  { id: "last", title: "Last", width: "86px", cell: (g) => <span className="text-soft"><When at={g.last} /></span> },
  { id: "rule", title: "Rule", width: "minmax(200px,1.5fr)", cell: (g) => g.rule_name },
  { id: "host", title: "Host", width: "minmax(100px,0.7fr)", cell: (g) => <Value field="host.name" value={g.host_name} /> },
  { id: "process", title: "Process", width: "minmax(100px,0.7fr)", cell: (g) => <Value field="process.name" value={g.process ?? ""} className="font-mono" /> },
  { id: "first", title: "First", width: "96px", cell: (g) => <span className="text-soft"><When at={g.first} /></span> },
  { id: "alerts", title: "Alerts", width: "70px", right: true, cell: (g) => exact(g.alerts) },
  { id: "open", title: "Open", width: "70px", right: true, cell: (g) => exact(g.open) },
  { id: "count", title: "Findings", width: "80px", right: true, cell: (g) => exact(g.count) },
];

function Groups() {
  const url = useUrl();
  const id = useId();
  const go = useGo();
  const span = useSpan();
  const client = useQueryClient();
  const [cursor, setCursor] = useState<string>();
  const { data, error, isPending } = useQuery(alertGroups(span, filterOf(url)));
  if (!data && error) return <Failed what="The groups could not be loaded" error={error} retry={() => void client.invalidateQueries()} />;
  const groups = data?.groups ?? [];
  return (
    <>
      {isPending ? <SkeletonRows /> : groups.length === 0 ? <Nothing /> : (
        <Table label="Groups of alerts" rows={groups} rowKey={groupKey} columns={groupColumns} cursor={id ?? cursor} onCursor={setCursor} onOpen={(k) => go.at(`/alerts/${k}`)} minWidth={700} />
      )}
      <footer className="flex h-7 shrink-0 items-center border-t border-line bg-panel px-3 text-sm text-soft">{data && counted(data.total, "group")}</footer>
    </>
  );
}
