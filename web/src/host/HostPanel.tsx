// The detail of a host: is it seen whole, what is it, what does the agent cost.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { alerts, host, tasks, track } from "../api/queries";
import type { Host } from "../api/types";
import { quote } from "../condition/token";
import { Icon } from "../parts/Icon";
import { amount, stamp } from "../time/range";
import { bytes, counted, exact } from "../parts/number";
import { Facts, Section } from "../parts/Panel";
import { SeverityMark } from "../parts/Severity";
import { Failed, Skeleton } from "../parts/state";
import { Value } from "../parts/Value";
import { When } from "../parts/When";
import { useSpan } from "../time/clock";
import { useGo } from "../url";
import { HostMenu } from "./HostMenu";
import { Lacks, Rows } from "./Rows";
import { Gaps, StateWord, TrackBar } from "./Track";

export function HostPanel({ id, onClose }: { id: string; onClose(): void }) {
  const { data: h, error, refetch } = useQuery({ ...host(id), placeholderData: undefined, refetchInterval: 15_000 });
  const go = useGo();
  return (
    <article aria-label={`Host ${h?.name ?? ""}`} className="flex min-h-0 flex-1 flex-col" data-host={id}>
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line px-4">
        <h2 className="min-w-0 flex-1 truncate text-lg font-semibold">{h?.name ?? ""}</h2>
        <button type="button" className="control" onClick={() => go.to("/search", { q: `host.name = ${quote(h?.name ?? id)}` })}><Icon name="search" size={13} />Events</button>
        <button type="button" className="control" onClick={() => go.to("/alerts", { host: id, status: "all" })}><Icon name="alerts" size={13} />Alerts</button>
        {h && <HostMenu host={h} onGone={onClose} />}
        <button type="button" className="control quiet" aria-label="Close the detail" title="Close (Esc)" onClick={onClose}><Icon name="close" /></button>
      </div>
      {error && !h ? <Failed what="The host could not be loaded" error={error} retry={() => void refetch()} /> : !h ? (
        <div className="p-4" role="status" aria-label="Loading"><Skeleton className="mb-3 h-5 w-60" /><Skeleton className="h-40" /></div>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Completeness id={id} host={h} />
          <Rows host={h} />
          <SensorTable host={h} />
          <Exam host={h} />
          <Section title="Facts">
            <Facts
              rows={[
                ["State", <span key="s" className={h.status === "online" ? "text-good" : "text-bad"}>{h.status === "online" ? "online" : "silent"}{h.status === "online" ? <span className="text-soft"> since <When at={h.connected} form="stamp" /></span> : <span className="text-soft">, last seen <When at={h.last_seen} /></span>}</span>],
                ["System", [h.os, h.kernel, h.architecture].filter(Boolean).join(", ") || "–"],
                ["Address", <Value key="a" field="host.ip" value={h.address ?? ""} className="font-mono" />],
                ["Id", <span key="i" className="font-mono break-all">{h.id}</span>],
                ["Group", h.group],
                ["Enrolled", <When key="e" at={h.enrolled} form="stamp" />],
                ["Last event", <When key="l" at={h.last_event} />],
                ["Clock", Math.abs(h.clock_offset ?? 0) < 1 ? "within a second of the manager's" : <span key="c" className="text-warn">{amount(Math.abs(h.clock_offset ?? 0))} {(h.clock_offset ?? 0) > 0 ? "ahead of" : "behind"} the manager's</span>],
                ...(h.system.at ? ([
                  ["CPU", `${h.system.cpu_percent.toFixed(0)} %`],
                  ["Memory", `${bytes(h.system.memory_used)} of ${bytes(h.system.memory_total)}`],
                  ["Disk", `${bytes(h.system.disk_used)} of ${bytes(h.system.disk_total)}`],
                  ["Up", amount(h.system.uptime)],
                ] as [string, string][]) : []),
              ]}
            />
          </Section>
          <Section title="Agent">
            <Facts
              rows={[
                ["Version", h.version || "–"],
                ["CPU", `${h.agent.cpu_percent.toFixed(1)} % of one core now, ${amount(h.agent.cpu_millis / 1000)} since its start`],
                ["Memory", bytes(h.agent.resident_size)],
                ["Spool", bytes(h.agent.spool_bytes)],
                ["Events", `${exact(h.event_rate)} a second`],
                ...h.documents.map((d): [string, React.ReactNode] => [
                  { policy: "Policy", rules: "Rules", iocs: "Indicators" }[d.kind],
                  d.error ? <span key={d.kind} className="text-bad">refused version {d.wanted}: {d.error}</span> : d.wanted === d.applied ? `version ${d.applied}` : <span key={d.kind} className="text-warn">version {d.applied}, {d.wanted} is due</span>,
                ]),
              ]}
            />
            {h.counters.length > 0 && <Counters host={h} />}
          </Section>
          <Recent id={id} />
        </div>
      )}
    </article>
  );
}

function Completeness({ id, host: h }: { id: string; host: Host }) {
  const span = useSpan();
  const { data, error, refetch } = useQuery(track(id, span));
  return (
    <Section title="Completeness" note={`${stamp(span.from)} – ${stamp(span.to)}`} action={<StateWord state={h.telemetry} />}>
      {error && !data ? <Failed small what="The track could not be loaded" error={error} retry={() => void refetch()} /> : !data ? <Skeleton className="h-24" /> : (
        <>
          <div className="grid grid-cols-[90px_1fr] items-center gap-x-3 gap-y-1.5">
            <span className="font-medium">whole host</span>
            <TrackBar intervals={data.intervals} from={span.from} to={span.to} height={12} />
            {(data.sensors ?? []).map((s) => [
              <span key={s.sensor} className="truncate text-soft">{s.sensor}</span>,
              <TrackBar key={`${s.sensor} bar`} intervals={s.intervals} from={span.from} to={span.to} />,
            ])}
          </div>
          <p className="mt-2 flex gap-4 text-sm text-faint">
            <span>thin: complete</span><span>filled: degraded</span><span>outlined: blind</span><span>empty: not enrolled</span>
          </p>
          {(data.gaps ?? []).length > 0 ? <div className="-mx-4 mt-2 border-t border-line"><Gaps gaps={data.gaps ?? []} more={0} host={false} /></div> : <p className="mt-1 text-soft">Nothing is missing in this range.</p>}
        </>
      )}
    </Section>
  );
}

function SensorTable({ host: h }: { host: Host }) {
  return (
    <Section title="Sensors" note="the best source that works is in use">
      {h.sensors.length === 0 ? <p className="text-soft">The agent has not told its sensors yet.</p> : (
        <table className="w-full">
          <thead className="text-left text-sm text-soft"><tr><th className="font-medium">Sensor</th><th className="font-medium">Source</th><th className="font-medium">Since</th><th className="text-right font-medium">Events</th><th className="pl-4 text-right font-medium">Lost</th></tr></thead>
          <tbody>
            {h.sensors.map((s) => (
              <tr key={s.name} className="h-7 border-t border-line">
                <td>{s.name}</td>
                <td className={s.rung ? "font-mono" : "text-bad"} title={s.reason}>{s.rung || "none works"}</td>
                <td className="text-soft"><When at={s.since} /></td>
                <td className="text-right">{exact(s.events)}</td>
                <td className={`pl-4 text-right ${s.lost > 0 ? "text-warn" : "text-soft"}`}>{exact(s.lost)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Lacks host={h} />
    </Section>
  );
}

function Exam({ host: h }: { host: Host }) {
  const x = h.exam;
  return (
    <Section title="Self-exam" note="does the agent tell of every kind of event?" action={x && <span className={`text-sm ${x.failed.length > 0 ? "text-bad" : "text-good"}`}>{x.score.toFixed(1)} of {x.ceiling.toFixed(1)} points</span>}>
      {!x ? <p className="text-soft">None was taken yet.</p> : (
        <p className="text-soft">
          {x.failed.length > 0 ? <span className="text-bad">Not told: {x.failed.join(", ")}. </span> : "Every row that could be exercised was told. "}
          <When at={x.at} />, version {x.version}, kernel {x.kernel}.
        </p>
      )}
    </Section>
  );
}

function Counters({ host: h }: { host: Host }) {
  return (
    <details className="mt-2">
      <summary className="text-sm text-accent">{counted(h.counters.length, "counter")} of its stages</summary>
      <ul className="mt-1 grid grid-cols-2 gap-x-6 text-sm">
        {h.counters.map((c) => <li key={`${c.stage}.${c.name}`} className="flex justify-between gap-2"><span className="truncate text-soft">{c.stage} {c.name}</span><span className="tnum">{exact(c.value)}</span></li>)}
      </ul>
    </details>
  );
}

function Recent({ id }: { id: string }) {
  const span = useSpan();
  const found = useQuery(alerts(span, { host: id, sort: "-last" }, 8));
  const done = useQuery({ ...tasks({ host: id }), placeholderData: undefined });
  return (
    <>
      <Section title="Alerts" note="newest in this range" action={found.data && <span className="text-sm text-soft">{exact(found.data.total)} in all</span>}>
        {found.data && found.data.alerts.length === 0 && <p className="text-soft">None in this range.</p>}
        <ul>
          {found.data?.alerts.map((a) => (
            <li key={a.id}><Link to={`/alerts/${a.id}`} className="flex h-7 items-center gap-2 hover:bg-hover"><SeverityMark level={a.level} size={14} /><span className="min-w-0 flex-1 truncate">{a.rule_name}</span><span className="text-soft">{a.status}</span><span className="w-20 text-right text-soft"><When at={a.last} /></span></Link></li>
          ))}
        </ul>
      </Section>
      <Section title="Tasks" note="what people asked this host to do">
        {(done.data?.tasks ?? []).length === 0 ? <p className="text-soft">None.</p> : (
          <ul>{done.data?.tasks.slice(0, 10).map((t) => <li key={t.id} className="flex h-7 items-center gap-3"><span className="w-24 text-soft"><When at={t.created} /></span><span>{t.action}</span>{t.pid > 0 && <span className="font-mono">{t.process} ({t.pid})</span>}<span title={t.result}>{t.status}</span><span className="min-w-0 truncate text-faint">by {t.by}</span></li>)}</ul>
        )}
      </Section>
    </>
  );
}
