import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { AlertDetail, Host } from "../api/types";
import { list, text } from "../event/read";
import { StateWord } from "../host/Track";
import { Icon } from "../parts/Icon";
import { bytes, exact } from "../parts/number";
import { Facts, Section } from "../parts/Panel";
import { SeverityMark } from "../parts/Severity";
import { Value } from "../parts/Value";
import { When } from "../parts/When";
import { useMay } from "../session/gate";
import { TreeOf } from "../tree/TreeOf";
import { useGo } from "../url";
import { RuleText, Why } from "./Matched";
import { Responses } from "./Responses";
import { Story } from "./Story";

/** Summary answers: what happened, why did it fire, what now. */
export function Summary({ alert: a, onTask }: { alert: AlertDetail; onTask(t: "kill" | "suspend"): void }) {
  const eventId = a.event_id || a.finding_id;
  const go = useGo();
  return (
    <>
      <Section title="What happened">
        <Story text={a.story} />
        <ProcessFacts alert={a} />
      </Section>
      <Section title="Why it fired" note={a.rule_path}>
        {a.about && <p className="mb-2 max-w-prose text-soft">{a.about}</p>}
        <Why alert={a} />
        {a.rule_text && <Rule text={a.rule_text} values={a.matched.map((m) => m.value)} />}
      </Section>
      {eventId && (
        <Section
          title="Process tree" id="alert-tree"
          action={<Link to={`/tree/${eventId}`} className="inline-flex items-center gap-1 text-sm text-accent hover:underline"><Icon name="expand" size={13} />Whole page</Link>}
        >
          <div className="overflow-hidden rounded border border-line"><TreeOf eventId={eventId} focus={a.entity_id} alertEntity={a.entity_id} most={250} onChoose={(node) => node && go.to(`/tree/${eventId}`, { node })} /></div>
        </Section>
      )}
      <Section title="Response">
        <Actions alert={a} onTask={onTask} />
        <Responses alert={a} />
      </Section>
      {a.host && <Section title="Host" action={<Link to={`/hosts/${a.host.id}`} className="text-sm text-accent hover:underline">All about this host</Link>}><HostFacts host={a.host} /></Section>}
      {a.related.length > 0 && (
        <Section title="Related" note="alerts of the same process tree">
          <ul>
            {a.related.map((r) => (
              <li key={r.id}>
                <Link to={`/alerts/${r.id}`} className="flex h-7 items-center gap-2 hover:bg-hover">
                  <SeverityMark level={r.level} size={14} />
                  <span className="min-w-0 flex-1 truncate">{r.rule_name}</span>
                  <span className="font-mono text-soft">{r.process}</span>
                  <span className="w-20 text-right text-soft"><When at={r.last} /></span>
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function ProcessFacts({ alert: a }: { alert: AlertDetail }) {
  const f = a.finding;
  const v = (field: string, mono = true) => <Value field={field} value={text(f, field)} className={mono ? "font-mono break-all" : ""} />;
  const row = (name: string, field: string, mono = true): [string, React.ReactNode][] => (text(f, field) === "" ? [] : [[name, v(field, mono)]]);
  const names = list(f, "process.ancestors.name");
  return (
    <div className="mt-3">
      <Facts
        rows={[
          ...row("Command line", "process.command_line"),
          ...row("Executable", "process.executable"),
          ...row("Directory", "process.working_directory"),
          ...(text(f, "file.path") !== text(f, "process.executable") ? row("File", "file.path") : []),
          ...(text(f, "destination.ip") ? row("Destination", "destination.ip") : []),
          ...(text(f, "destination.port") ? row("Port", "destination.port") : []),
          ["Process", <span key="p">{v("process.name")} <span className="text-faint">pid</span> {v("process.pid")}{text(f, "process.start") && <span className="text-soft"> since <When at={text(f, "process.start")} form="clock" /></span>}</span>],
          ...(names.length > 0 ? [["Started by", <Ancestors key="a" names={names} finding={a} />] as [string, React.ReactNode]] : []),
          ["User", <span key="u">{v("user.name", false)}{text(f, "user.effective.name") && text(f, "user.effective.name") !== text(f, "user.name") && <span className="text-soft"> acting as {text(f, "user.effective.name")}</span>}</span>],
          ...row("SHA-256", "process.hash.sha256"),
          ...(text(f, "process.hash.sha256") === "" ? row("No hash", "process.hash_status", false) : []),
          ...row("Container", "container.id"),
        ]}
      />
    </div>
  );
}

function Ancestors({ names, finding }: { names: string[]; finding: AlertDetail }) {
  const lines = list(finding.finding, "process.ancestors.command_line");
  return (
    <span className="font-mono">
      {names.map((n, i) => (
        <span key={i}>
          {i > 0 && <span className="text-faint"> ← </span>}
          <span title={lines[i]}>{n}</span>
        </span>
      ))}
    </span>
  );
}

function Rule({ text: rule, values }: { text: string; values: readonly string[] }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="mt-2">
      <button type="button" className="mb-1 inline-flex items-center gap-1 text-sm text-accent hover:underline" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={12} />The rule as written
      </button>
      {open && <RuleText text={rule} values={values} />}
    </div>
  );
}

function Actions({ alert: a, onTask }: { alert: AlertDetail; onTask(t: "kill" | "suspend"): void }) {
  const may = useMay("analyst");
  const why = !may ? "Needs the role analyst" : !a.entity_id ? "The event has no process" : undefined;
  return (
    <div className="mb-2 flex items-center gap-2">
      <button type="button" className="control danger" disabled={why !== undefined} title={why} onClick={() => onTask("kill")}><Icon name="kill" size={14} />Kill…</button>
      <button type="button" className="control" disabled={why !== undefined} title={why} onClick={() => onTask("suspend")}><Icon name="suspend" size={14} />Suspend…</button>
      <span className="text-sm text-faint">{why ?? "Shows first what would happen"}</span>
    </div>
  );
}

function HostFacts({ host: h }: { host: Host }) {
  return (
    <Facts
      rows={[
        ["Name", <span key="n"><Value field="host.name" value={h.name} /> <span className={h.status === "online" ? "text-good" : "text-bad"}>{h.status}</span></span>],
        ["Telemetry", <StateWord key="t" state={h.telemetry} />],
        ["System", [h.os, h.kernel, h.architecture].filter(Boolean).join(", ") || "–"],
        ["Group", h.group],
        ["Address", h.address ?? "–"],
        ["Agent", `${h.version ?? "?"}, ${h.agent.cpu_percent.toFixed(1)} % of a core, ${bytes(h.agent.resident_size)}`],
        ["Last seen", <When key="l" at={h.last_seen} />],
        ["Events", `${exact(h.event_rate)} a second`],
      ]}
    />
  );
}
