// The detail of a rule: what it is, its text; stored rules can be changed.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { groups, rule } from "../api/queries";
import type { RuleDetail } from "../api/types";
import { Icon } from "../parts/Icon";
import { counted, exact } from "../parts/number";
import { Facts, Section } from "../parts/Panel";
import { SeverityMark } from "../parts/Severity";
import { Failed, Skeleton } from "../parts/state";
import { When } from "../parts/When";
import { useMay } from "../session/gate";
import { useGo } from "../url";
import { Editor } from "./Editor";
import { nanoseconds, state } from "./order";

const prefix = "stored/";

/** a rule to begin with: it loads, and lint says what is missing */
const blank = () => `title: What happened, in a few words
id: ${crypto.randomUUID()}
status: experimental
description: Why it is worth to be looked at.
logsource:
  product: linux
  category: process_creation
detection:
  selection:
    Image|endswith: /name
  condition: selection
level: medium
tags:
  - attack.execution
`;

export function RulePanel({ id, onClose }: { id: string; onClose(): void }) {
  const fresh = id === "new";
  const { data, error, refetch } = useQuery({ ...rule(id), enabled: !fresh });
  const go = useGo();
  const [copy, setCopy] = useState<string>();
  const title = fresh ? "New rule" : data?.name ?? "";
  return (
    <article aria-label={`Rule ${title}`} className="flex min-h-0 flex-1 flex-col" data-rule={id}>
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line px-4">
        {data && !fresh && <SeverityMark level={data.level} />}
        <h2 className="min-w-0 flex-1 truncate text-lg font-semibold" title={title}>{title}</h2>
        {!fresh && <button type="button" className="control" onClick={() => go.to("/alerts", { rule: id, status: "all" })}><Icon name="alerts" size={13} />Alerts</button>}
        <button type="button" className="control quiet" aria-label="Close the detail" title="Close (Esc)" onClick={onClose}><Icon name="close" /></button>
      </div>
      {fresh ? <New /> : error && !data ? <Failed what="The rule could not be loaded" error={error} retry={() => void refetch()} /> : !data ? (
        <div className="p-4" role="status" aria-label="Loading"><Skeleton className="mb-3 h-5 w-60" /><Skeleton className="h-40" /></div>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <About rule={data} />
          {copy !== undefined ? <Editor path={`own-${data.path.split("/").pop() ?? "rule.yml"}`} text={copy} fresh onDone={(r) => go.at(`/rules/${encodeURIComponent(r ?? id)}`, true)} /> : data.source === "stored" ? (
            <Editor key={data.text} path={data.path.slice(prefix.length)} text={data.text} onDone={(r) => (r === undefined ? onClose() : r === id ? void refetch() : go.at(`/rules/${encodeURIComponent(r)}`, true))} />
          ) : (
            <Section title="Text" note={data.path} action={<CopyButton onCopy={() => setCopy(data.text.replace(/^id:.*$/m, `id: ${crypto.randomUUID()}`))} />}>
              <pre className="overflow-auto rounded border border-line bg-canvas p-2 leading-[18px]">{data.text}</pre>
            </Section>
          )}
        </div>
      )}
    </article>
  );
}

function New() {
  const go = useGo();
  const [text] = useState(blank);
  return <div className="min-h-0 flex-1 overflow-y-auto"><Editor path="" text={text} fresh onDone={(r) => go.at(r ? `/rules/${encodeURIComponent(r)}` : "/rules", true)} /></div>;
}

function CopyButton({ onCopy }: { onCopy(): void }) {
  return useMay("admin") ? <button type="button" className="control" title="A rule of your own that begins with this text" onClick={onCopy}><Icon name="copy" size={13} />Copy as own rule</button> : null;
}

function About({ rule: r }: { rule: RuleDetail }) {
  const many = useQuery(groups()).data?.groups.length ?? 1;
  const s = state(r, many);
  return (
    <Section title="About">
      {r.description && <p className="mb-2 max-w-prose">{r.description}</p>}
      <Facts
        rows={[
          ["State", s === "on" ? <span key="s" className="text-good">in force in all groups</span> : <span key="s" className="text-warn">switched off by the policy of {r.disabled_in.join(", ")}</span>],
          ["Hits", r.findings ? <span key="h">{exact(r.findings)} in {counted(r.alerts, "alert")}, {exact(r.open_alerts)} open, the last <When at={r.last_finding} /></span> : "none"],
          ["Cost", r.cost ? <span key="c">{nanoseconds(r.cost.nanoseconds)} for an event when evaluated alone; true of {exact(r.cost.matched)} of the {exact(r.cost.events)} newest events that it is for</span> : "not measured yet: there were no events that it is for"],
          ["Techniques", r.techniques.join(", ") || "–"],
          ["Tactics", r.tactics.join(", ") || "–"],
          ["Asks for", r.actions.length > 0 ? `${r.actions.join(", ")}; the policy decides` : "nothing but an alert"],
          ["Source", `${r.source}, ${r.format}, ${r.path}`],
          ["Id", <span key="i" className="font-mono break-all">{r.id}</span>],
        ]}
      />
    </Section>
  );
}
