// Overview: what changed since I last looked.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback, useMemo, type ReactNode } from "react";
import { overview } from "../api/queries";
import { levels, type LevelCounts, type Overview as Answer } from "../api/types";
import { TimeChart, type Series } from "../chart/TimeChart";
import { sentence, StateWord } from "../host/Track";
import { counted, exact, short } from "../parts/number";
import { SeverityMark, word } from "../parts/Severity";
import { Empty, Failed, Skeleton, Stale } from "../parts/state";
import { When } from "../parts/When";
import { useClock, useSpan } from "../time/clock";
import { between } from "../time/range";
import { useGo } from "../url";

const total = (c: LevelCounts) => levels.reduce((n, l) => n + c[l], 0);

export function Overview() {
  const span = useSpan();
  const go = useGo();
  const { refresh } = useClock();
  const { data, error } = useQuery(overview(span));
  const zoom = useCallback((a: Date, b: Date) => go.set({ ...between(a, b) }), [go]);
  if (!data && error) return <Failed what="The overview could not be loaded" error={error} retry={refresh} />;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <h1 className="sr-only">Overview</h1>
      {data && error && <Stale error={error} />}
      <div className="flex flex-col gap-3 p-3">
        <Figures data={data} />
        <section className="panel" aria-label="Alerts over time">
          <Head title="Alerts over time" note="by severity; drag to zoom" />
          {data ? <AlertChart data={data} onRange={zoom} /> : <Skeleton className="m-3 h-[150px]" />}
        </section>
        <div className="grid grid-cols-2 gap-3">
          <TopRules data={data} />
          <TopHosts data={data} />
        </div>
        <Newest data={data} />
      </div>
    </div>
  );
}

function Head({ title, note, action }: { title: string; note?: string; action?: ReactNode }) {
  return (
    <header className="flex h-8 items-center gap-2 border-b border-line px-3">
      <h2 className="heading">{title}</h2>
      {note && <span className="text-sm text-faint">{note}</span>}
      <span className="flex-1" />
      {action}
    </header>
  );
}

function Figure({ title, value, children, to, search }: { title: string; value: ReactNode; children?: ReactNode; to?: string; search?: Record<string, string> }) {
  const inner = (
    <>
      <h2 className="heading">{title}</h2>
      <p className="tnum mt-0.5 text-xl font-semibold">{value}</p>
      <div className="mt-0.5 flex min-h-[34px] items-end text-sm text-soft">{children}</div>
    </>
  );
  return to ? <Link to={to} search={search as never} className="panel block px-3 py-2 hover:border-line-strong">{inner}</Link> : <div className="panel px-3 py-2">{inner}</div>;
}

function Figures({ data }: { data: Answer | undefined }) {
  const wait = <Skeleton className="my-1 h-[18px] w-16" />;
  return (
    <div className="grid grid-cols-4 gap-3">
      <Figure title="Open alerts" value={data ? exact(total(data.open_alerts)) : wait} to="/alerts" search={{ status: "open" }}>
        {data && (
          <span className="flex flex-wrap gap-x-3">
            {levels.filter((l) => data.open_alerts[l] > 0).map((l) => (
              <span key={l} className="tnum inline-flex items-center gap-1"><SeverityMark level={l} size={13} />{exact(data.open_alerts[l])}</span>
            ))}
            {total(data.open_alerts) === 0 && "Nothing waits for you"}
          </span>
        )}
      </Figure>
      <Figure title="Alerts in this range" value={data ? exact(total(data.alerts_in_range)) : wait}>
        {data && <Trend now={total(data.alerts_in_range)} before={total(data.alerts_before)} />}
      </Figure>
      <Figure title="Hosts" value={data ? exact(data.hosts.total) : wait} to="/hosts">
        {data && (
          <span className="flex flex-wrap gap-x-3">
            <span>{exact(data.hosts.online)} online</span>
            {data.hosts.degraded > 0 && <span className="text-warn">{exact(data.hosts.degraded)} degraded</span>}
            {data.hosts.blind > 0 && <span className="text-bad">{exact(data.hosts.blind)} blind</span>}
            {data.hosts.offline > 0 && <span className="text-bad">{exact(data.hosts.offline)} silent</span>}
          </span>
        )}
      </Figure>
      <Figure title="Events per second" value={data ? short(data.event_rate) : wait} to="/search">
        {data && <Rate data={data} />}
      </Figure>
      <div className="panel col-span-4 flex min-h-8 items-center gap-3 px-3 text-soft">
        <h2 className="heading">Telemetry</h2>
        {data ? <>{data.completeness.hosts > 0 && <StateWord state={data.completeness.state} />}<span>{sentence(data.completeness)}</span><span className="flex-1" /><span className="text-sm">{counted(data.event_total, "event")} in this range</span></> : <Skeleton className="h-3 w-80" />}
      </div>
    </div>
  );
}

/** Trend compares with the range of the same length before. */
function Trend({ now, before }: { now: number; before: number }) {
  if (before === now) return <span>As many as in the range before</span>;
  const more = now > before;
  return <span>{exact(Math.abs(now - before))} {more ? "more" : "fewer"} than in the range before ({exact(before)})</span>;
}

function Rate({ data }: { data: Answer }) {
  const times = useMemo(() => data.events.map((b) => Date.parse(b.at) / 1000), [data.events]);
  const width = times.length > 1 ? times[1]! - times[0]! : 1;
  const series = useMemo((): Series[] => [{ name: "events per second", token: "accent", values: data.events.map((b) => b.count / width) }], [data.events, width]);
  return <div className="w-full"><TimeChart label="Events per second" times={times} width={width} series={series} height={34} kind="line" bare unit={short} /></div>;
}

function AlertChart({ data, onRange }: { data: Answer; onRange(a: Date, b: Date): void }) {
  const times = useMemo(() => data.alerts_over_time.map((b) => Date.parse(b.at) / 1000), [data.alerts_over_time]);
  const series = useMemo(
    (): Series[] => [...levels].reverse().map((l) => ({ name: word(l), token: `${l}-area`, values: data.alerts_over_time.map((b) => b.counts[l]) })),
    [data.alerts_over_time],
  );
  const width = times.length > 1 ? times[1]! - times[0]! : 60;
  return <div className="px-2 pt-2"><TimeChart label="Alerts over time" times={times} width={width} series={series} height={150} onRange={onRange} /></div>;
}

function Rows({ children }: { children: ReactNode }) {
  return <ul className="py-1">{children}</ul>;
}

function Waiting({ rows = 5 }: { rows?: number }) {
  return <div className="p-3">{Array.from({ length: rows }, (_, i) => <Skeleton key={i} className="mb-3 h-4" />)}</div>;
}

const row = "flex h-7 items-center gap-2 px-3 hover:bg-hover";

function TopRules({ data }: { data: Answer | undefined }) {
  const most = Math.max(1, ...(data?.top_rules.map((r) => r.alerts) ?? []));
  return (
    <section className="panel" aria-label="Top rules">
      <Head title="Top rules" note="alerts in this range" />
      {!data ? <Waiting /> : data.top_rules.length === 0 ? <Empty title="No rule has made an alert in this range" /> : (
        <Rows>
          {data.top_rules.slice(0, 8).map((r) => (
            <li key={r.rule_id}>
              <Link to="/alerts" search={{ rule: r.rule_id } as never} className={row}>
                <SeverityMark level={r.level} size={14} />
                <span className="min-w-0 flex-1 truncate" title={r.rule_name}>{r.rule_name}</span>
                <Bar part={r.alerts / most} />
                <span className="tnum w-10 text-right" title={`${counted(r.findings, "finding")}`}>{exact(r.alerts)}</span>
              </Link>
            </li>
          ))}
        </Rows>
      )}
    </section>
  );
}

function TopHosts({ data }: { data: Answer | undefined }) {
  const most = Math.max(1, ...(data?.top_hosts.map((h) => h.score) ?? []));
  return (
    <section className="panel" aria-label="Top hosts">
      <Head title="Top hosts" note="score of open alerts" />
      {!data ? <Waiting /> : data.top_hosts.length === 0 ? <Empty title="No host has open alerts" /> : (
        <Rows>
          {data.top_hosts.slice(0, 8).map((h) => (
            <li key={h.host_id}>
              <Link to="/alerts" search={{ host: h.host_id, status: "open" } as never} className={row}>
                <span className="min-w-0 flex-1 truncate">{h.host_name}</span>
                <span className="tnum flex gap-2 text-sm text-soft">
                  {levels.filter((l) => h.alerts[l] > 0).map((l) => <span key={l} className="inline-flex items-center gap-0.5"><SeverityMark level={l} size={12} />{exact(h.alerts[l])}</span>)}
                </span>
                <Bar part={h.score / most} />
                <span className="tnum w-10 text-right">{exact(h.score)}</span>
              </Link>
            </li>
          ))}
        </Rows>
      )}
    </section>
  );
}

function Bar({ part }: { part: number }) {
  return (
    <svg width="72" height="6" aria-hidden="true" className="shrink-0">
      <rect width="72" height="6" rx="1" fill="var(--color-raised)" />
      <rect width={Math.max(2, 72 * part)} height="6" rx="1" fill="var(--color-line-strong)" />
    </svg>
  );
}

function Newest({ data }: { data: Answer | undefined }) {
  return (
    <section className="panel" aria-label="Newest alerts">
      <Head title="Newest alerts" action={<Link to="/alerts" className="text-sm text-accent hover:underline">All alerts</Link>} />
      {!data ? <Waiting /> : data.newest_alerts.length === 0 ? (
        <Empty title="No alerts in this range">{data.hosts.total === 0 ? "No host is enrolled yet. Settings has enrolment tokens." : "The rules are in force and have found nothing. Choose a longer range at the top to look further back."}</Empty>
      ) : (
        <Rows>
          {data.newest_alerts.slice(0, 10).map((a) => (
            <li key={a.id}>
              <Link to={`/alerts/${a.id}`} className={row}>
                <SeverityMark level={a.level} size={14} />
                <span className="w-20 shrink-0 text-soft"><When at={a.last} /></span>
                <span className="w-72 shrink-0 truncate">{a.rule_name}</span>
                <span className="w-32 shrink-0 truncate text-soft">{a.host_name}</span>
                <span className="min-w-0 flex-1 truncate font-mono text-soft">{a.command_line || a.executable}</span>
                {a.status !== "new" && <span className="text-sm text-faint">{a.status}</span>}
              </Link>
            </li>
          ))}
        </Rows>
      )}
    </section>
  );
}
