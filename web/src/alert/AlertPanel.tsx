// The detail of an alert: what happened, why the rule fired, what can be done.

import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { alert } from "../api/queries";
import type { AlertDetail } from "../api/types";
import { useKeys } from "../keyboard/keys";
import { Icon } from "../parts/Icon";
import { MenuButton } from "../parts/Menu";
import { Tabs } from "../parts/Panel";
import { SeverityMark } from "../parts/Severity";
import { Failed, Skeleton } from "../parts/state";
import { copy, Value } from "../parts/Value";
import { When } from "../parts/When";
import { useMay, useSession } from "../session/gate";
import { useGo, useUrl } from "../url";
import { closeReasons, useChange } from "./change";
import { CloseDialog } from "./CloseDialog";
import { History } from "./History";
import { Summary } from "./Summary";
import { TaskDialog } from "./TaskDialog";
import { TimelineTab } from "./TimelineTab";

const Json = lazy(() => import("../parts/Json").then((m) => ({ default: m.Json })));

const tabs = [{ id: "summary", title: "Summary" }, { id: "timeline", title: "Timeline" }, { id: "history", title: "Notes and history" }, { id: "raw", title: "Raw" }] as const;
type Tab = (typeof tabs)[number]["id"];

export function AlertPanel({ id, onClose }: { id: string; onClose(): void }) {
  const { data, error, refetch } = useQuery(alert(id));
  const url = useUrl();
  const go = useGo();
  const tab = tabs.find((t) => t.id === url.tab)?.id ?? "summary";
  const [task, setTask] = useState<"kill" | "suspend">();
  if (error && !data) {
    return <><Bar onClose={onClose} /><Failed what="The alert could not be loaded" error={error} retry={() => void refetch()} /></>;
  }
  if (!data) return <Waiting onClose={onClose} />;
  return (
    <article aria-label={`Alert: ${data.rule_name}`} className="flex min-h-0 flex-1 flex-col" data-alert={data.id}>
      <Head alert={data} onClose={onClose} onTask={setTask} />
      <Tabs<Tab>
        label="Parts of the alert" value={tab} onChange={(t) => go.set({ tab: t === "summary" ? undefined : t }, true)}
        tabs={tabs.map((t) => (t.id === "history" ? { ...t, count: data.history.length } : t))}
      />
      <div className="min-h-0 flex-1 overflow-y-auto" role="tabpanel" tabIndex={-1}>
        {tab === "summary" && <Summary alert={data} onTask={setTask} />}
        {tab === "timeline" && <TimelineTab alert={data} />}
        {tab === "history" && <History alert={data} />}
        {tab === "raw" && <Suspense fallback={<Skeleton className="m-4 h-40" />}><Json value={data.finding ?? {}} /></Suspense>}
      </div>
      {task && <TaskDialog action={task} target={{ alert_id: data.id }} onClose={() => setTask(undefined)} />}
    </article>
  );
}

function Bar({ onClose, children }: { onClose(): void; children?: ReactNode }) {
  return (
    <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line px-4">
      {children ?? <span className="flex-1" />}
      <button type="button" className="control quiet" aria-label="Close the detail" title="Close (Esc)" onClick={onClose}><Icon name="close" /></button>
    </div>
  );
}

function Waiting({ onClose }: { onClose(): void }) {
  return (
    <div role="status" aria-label="Loading">
      <Bar onClose={onClose} />
      <div className="flex flex-col gap-3 p-4"><Skeleton className="h-5 w-72" /><Skeleton className="h-4" /><Skeleton className="h-4 w-1/2" /><Skeleton className="h-40" /></div>
    </div>
  );
}

function Head({ alert: a, onClose, onTask }: { alert: AlertDetail; onClose(): void; onTask(t: "kill" | "suspend"): void }) {
  const may = useMay("analyst");
  const me = useSession().user;
  const change = useChange();
  const [closing, setClosing] = useState(false);
  const none = may ? undefined : "Needs the role analyst";
  const gone = a.entity_id ? none : "The event has no process";
  const go = useGo();
  useKeys({ n: () => { go.set({ tab: "history" }, true); setTimeout(() => document.getElementById("alert-note")?.focus(), 50); } });
  return (
    <>
      <Bar onClose={onClose}>
        <SeverityMark level={a.level} wide />
        <span className="text-faint">·</span>
        <span className="text-soft">{a.status}</span>
        {a.assignee && <><span className="text-faint">·</span><span className="truncate text-soft">{a.assignee}</span></>}
        <span className="flex-1" />
        {a.status === "new" && <button type="button" className="control" disabled={!may} title={none ?? "Acknowledge (e)"} onClick={() => void change([a.id], { status: "acknowledged" })}>Acknowledge</button>}
        {a.status === "closed"
          ? <button type="button" className="control" disabled={!may} onClick={() => void change([a.id], { status: "new" })}>Open again</button>
          : <button type="button" className="control" disabled={!may} title={none ?? "Close (c)"} onClick={() => setClosing(true)}>Close…</button>}
        <MenuButton
          label="Respond"
          entries={[
            { heading: "On this host, now" },
            { label: "Kill the process…", icon: "kill", danger: true, disabled: gone, run: () => onTask("kill") },
            { label: "Suspend the process…", icon: "suspend", disabled: gone, run: () => onTask("suspend") },
          ].map((e) => ("disabled" in e && e.disabled === undefined ? (({ disabled: _, ...rest }) => rest)(e) : e)) as never}
        >
          Respond <Icon name="down" size={12} />
        </MenuButton>
        <MenuButton
          label="More" className="control quiet"
          entries={[
            { label: a.assignee === me ? "Give back" : "Assign to me", icon: "person", ...(none ? { disabled: none } : {}), run: () => void change([a.id], { assignee: a.assignee === me ? "" : me }) },
            { label: "Copy the link", icon: "link", run: () => void copy(`${location.origin}/alerts/${a.id}`) },
            { label: "Alerts of this rule", icon: "filter", run: () => go.set({ rule: a.rule_id, status: "all" }) },
            { label: "Alerts of this host", icon: "filter", run: () => go.set({ host: a.host_id, status: "all" }) },
          ]}
        >
          <span aria-hidden="true" className="px-0.5 font-bold">⋯</span>
        </MenuButton>
      </Bar>
      <header className="shrink-0 px-4 pt-2.5 pb-1">
        <h2 className="text-lg font-semibold">{a.rule_name}</h2>
        <p className="flex flex-wrap gap-x-3 text-soft">
          <Value field="host.name" value={a.host_name} />
          <span><When at={a.last} form="stamp" /></span>
          {a.count > 1 && <span title={`first ${a.first}`}>{a.count} times since <When at={a.first} form="stamp" /></span>}
          {a.techniques.map((t) => <Value key={t} field="threat.technique.id" value={t} />)}
          {a.tactics.length > 0 && <span>{a.tactics.join(", ")}</span>}
        </p>
      </header>
      {closing && (
        <CloseDialog count={1} reasons={closeReasons} onCancel={() => setClosing(false)} onClose={(reason) => { setClosing(false); void change([a.id], { status: "closed", reason }); }} />
      )}
    </>
  );
}
