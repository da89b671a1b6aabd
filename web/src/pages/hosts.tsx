// Hosts: health, sensors and how whole the telemetry is; the detail beside it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { TextFilter } from "../alert/Filters";
import { hosts, tracks } from "../api/queries";
import { stream } from "../api/stream";
import { levels, type Host, type Track } from "../api/types";
import { HostPanel } from "../host/HostPanel";
import { Sensors } from "../host/Sensors";
import { StateWord, TrackBar } from "../host/Track";
import { useKeys } from "../keyboard/keys";
import { bytes, counted, exact, short } from "../parts/number";
import { Split } from "../parts/Panel";
import { SeverityMark } from "../parts/Severity";
import { Empty, Failed, SkeletonRows, Stale } from "../parts/state";
import { When } from "../parts/When";
import { Table, type Column } from "../table/Table";
import { useWide } from "../table/wide";
import { useClock, useSpan } from "../time/clock";
import { useGo, useId, useUrl } from "../url";

const rowKey = (h: Host) => h.id;

export function Hosts() {
  const id = useId();
  const url = useUrl();
  const go = useGo();
  const span = useSpan();
  const { refresh } = useClock();
  const [cursor, setCursor] = useState<string>();
  const { data, error, isPending } = useQuery({ ...hosts(url.text), refetchInterval: 15_000 });
  useLiveHosts(url.text);
  const lanes = useQuery(tracks(span));
  const byHost = useMemo(() => new Map((lanes.data?.tracks ?? []).map((t) => [t.host, t])), [lanes.data]);
  const wide = useWide();
  const columns = useMemo(() => columnsFor(byHost, span.from, span.to, id !== undefined, wide), [byHost, span.from, span.to, id, wide]);
  const close = useCallback(() => { setCursor(id); go.at("/hosts"); }, [go, id]);
  useKeys(id ? { Escape: close } : {});
  const rows = useMemo(() => sorted((data?.hosts ?? []).filter((h) => !url.status || url.status === h.status || url.status === h.telemetry), url.sort), [data, url.sort, url.status]);
  if (!data && error) return <Failed what="The hosts could not be loaded" error={error} retry={refresh} />;
  return (
    <Split name="hosts" standard={0.5} detail={id ? <HostPanel key={id} id={id} onClose={close} /> : null}>
      <h1 className="sr-only">Hosts</h1>
      {data && error && <Stale error={error} />}
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line bg-panel px-3">
        <TextFilter value={url.text ?? ""} onChange={(t) => go.set({ text: t || undefined }, true)} placeholder="Name, system, address" />
        {(["online", "offline", "degraded", "blind"] as const).map((s) => (
          <button key={s} type="button" className="control" aria-pressed={url.status === s} onClick={() => go.set({ status: url.status === s ? undefined : s })}>{s === "offline" ? "silent" : s}</button>
        ))}
      </div>
      {isPending ? <SkeletonRows /> : rows.length === 0 ? (
        <div className="flex-1 bg-panel">
          {data?.total === 0
            ? <Empty title="No host is enrolled" action={<button type="button" className="control" onClick={() => go.to("/settings/tokens")}>To the enrolment tokens</button>}>Create a token, then run the command that it shows on the host.</Empty>
            : <Empty title="No host meets these filters" action={<button type="button" className="control" onClick={() => go.set({ text: undefined, status: undefined })}>Show all hosts</button>} />}
        </div>
      ) : (
        <Table
          label="Hosts" rows={rows} rowKey={rowKey} columns={columns} cursor={id ?? cursor} minWidth={id ? 380 : 820}
          onCursor={(k) => (id ? go.at(`/hosts/${k}`, true) : setCursor(k))} onOpen={(k) => go.at(`/hosts/${k}`, id !== undefined)} sort={url.sort ?? "name"} onSort={(s) => go.set({ sort: s })}
        />
      )}
      <footer className="flex h-7 shrink-0 items-center border-t border-line bg-panel px-3 text-sm text-soft">
        {data && (rows.length === data.total ? counted(data.total, "host") : `${exact(rows.length)} of ${counted(data.total, "host")}`)}
      </footer>
    </Split>
  );
}

/** useLiveHosts puts hosts that the manager tells of into the list at once. */
function useLiveHosts(text: string | undefined): void {
  const client = useQueryClient();
  const { live } = useClock();
  useEffect(() => {
    if (!live) return;
    return stream.subscribe({
      topics: ["hosts"],
      message: (m) => {
        const fresh = m.host;
        if (m.type !== "host" || !fresh) return;
        client.setQueryData(hosts(text).queryKey, (old) => old && { ...old, hosts: old.hosts.map((h) => (h.id === fresh.id ? fresh : h)) });
      },
    });
  }, [client, live, text]);
}

export function HealthWord({ host: h }: { host: Host }) {
  if (h.status === "offline") return <span className="inline-flex items-center gap-1.5 text-bad"><span aria-hidden="true" className="text-[10px]">✕</span>silent</span>;
  return <span className="inline-flex items-center gap-1.5 text-good"><span aria-hidden="true" className="size-2 rounded-full bg-good" />online</span>;
}

function columnsFor(byHost: Map<string, Track>, from: Date, to: Date, narrow: boolean, wide: boolean): readonly Column<Host>[] {
  const all: (Column<Host> & { always?: boolean })[] = [
    { id: "name", title: "Host", width: "minmax(90px,1fr)", sort: "name", always: true, cell: (h) => <span className="font-medium">{h.name}</span> },
    { id: "health", title: "Health", width: "84px", sort: "health", always: true, cell: (h) => <HealthWord host={h} /> },
    { id: "telemetry", title: "Telemetry", width: "96px", sort: "telemetry", cell: (h) => <StateWord state={h.telemetry} /> },
    { id: "track", title: "Completeness over the range", width: "minmax(90px,1.4fr)", always: true, cell: (h) => {
      const t = byHost.get(h.id);
      return t ? <TrackBar intervals={t.intervals} from={from} to={to} /> : <span className="block h-2 rounded-[2px] bg-raised" />;
    } },
    { id: "sensors", title: "Sensors", width: "minmax(84px,0.9fr)", cell: (h) => <Sensors sensors={h.sensors} /> },
    { id: "alerts", title: "Open alerts", width: "104px", sort: "alerts", always: true, cell: (h) => <OpenAlerts host={h} /> },
    { id: "rate", title: "Events/s", width: "68px", right: true, sort: "rate", cell: (h) => short(h.event_rate) },
    { id: "cpu", title: "CPU", width: "62px", right: true, sort: "cpu", cell: (h) => `${h.agent.cpu_percent.toFixed(1)} %` },
    { id: "rss", title: "Memory", width: "72px", right: true, sort: "rss", cell: (h) => bytes(h.agent.resident_size) },
    { id: "version", title: "Agent", width: "84px", sort: "version", cell: (h) => <span className="text-soft" title={h.version}>{h.version || "–"}</span> },
    { id: "group", title: "Group", width: "76px", cell: (h) => <span className="text-soft">{h.group}</span> },
    { id: "seen", title: "Seen", width: "82px", sort: "seen", cell: (h) => <span className="text-soft"><When at={h.last_seen} /></span> },
  ];
  return narrow ? all.filter((c) => c.always) : wide ? all : all.filter((c) => !second.has(c.id));
}

/** columns that a narrow window leaves out */
const second = new Set(["version", "group", "telemetry"]);

function OpenAlerts({ host: h }: { host: Host }) {
  const some = levels.filter((l) => h.open_alerts[l] > 0);
  if (some.length === 0) return <span className="text-faint">none</span>;
  return <span className="flex gap-2">{some.slice(0, 3).map((l) => <span key={l} className="inline-flex items-center gap-1"><SeverityMark level={l} size={13} />{exact(h.open_alerts[l])}</span>)}</span>;
}

const ranks = { blind: 0, degraded: 1, complete: 2 } as const;
const weight = (h: Host) => levels.reduce((n, l, i) => n + h.open_alerts[l] * 10 ** (4 - i), 0);

const orders: Record<string, (a: Host, b: Host) => number> = {
  name: (a, b) => (a.name < b.name ? -1 : 1),
  health: (a, b) => (a.status < b.status ? -1 : a.status > b.status ? 1 : 0),
  telemetry: (a, b) => ranks[a.telemetry] - ranks[b.telemetry],
  alerts: (a, b) => weight(a) - weight(b),
  rate: (a, b) => a.event_rate - b.event_rate,
  cpu: (a, b) => a.agent.cpu_percent - b.agent.cpu_percent,
  rss: (a, b) => a.agent.resident_size - b.agent.resident_size,
  version: (a, b) => (a.version ?? "").localeCompare(b.version ?? ""),
  seen: (a, b) => Date.parse(a.last_seen ?? "1970-01-01") - Date.parse(b.last_seen ?? "1970-01-01"),
};

function sorted(hosts: readonly Host[], sort = "name"): Host[] {
  const down = sort.startsWith("-");
  const order = orders[down ? sort.slice(1) : sort] ?? orders["name"]!;
  return [...hosts].sort((a, b) => (down ? order(b, a) : order(a, b)) || orders["name"]!(a, b));
}
