// The process tree on a whole page; the chosen process and its events beside it.

import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { event, searchPage, tree } from "../api/queries";
import type { TreeNode } from "../api/types";
import { quote } from "../condition/token";
import { EventLine } from "../event/EventLine";
import { id as eventId, text } from "../event/read";
import { CompletenessLine } from "../host/Track";
import { useKeys } from "../keyboard/keys";
import { TaskDialog } from "../alert/TaskDialog";
import { Icon } from "../parts/Icon";
import { counted } from "../parts/number";
import { Facts, Section, Split } from "../parts/Panel";
import { SeverityMark } from "../parts/Severity";
import { Empty, Failed, SkeletonRows } from "../parts/state";
import { Value } from "../parts/Value";
import { When } from "../parts/When";
import { useMay } from "../session/gate";
import { TreeOf } from "../tree/TreeOf";
import { useGo, useId, useUrl } from "../url";
import { Link } from "@tanstack/react-router";

export function ProcessTree() {
  const id = useId()!;
  const { node } = useUrl();
  const go = useGo();
  const { data } = useQuery({ ...tree(id), placeholderData: undefined });
  const about = useQuery(event(id));
  const choose = useCallback((entity: string | undefined) => go.set({ node: entity }, true), [go]);
  const chosen = data?.nodes.find((n) => n.entity_id === node);
  const alerts = about.data?.alerts ?? [];
  useKeys(node ? { Escape: () => choose(undefined) } : {});
  return (
    <Split name="tree" standard={0.38} detail={chosen ? <Chosen node={chosen} host={data?.host ?? ""} event={id} onClose={() => choose(undefined)} /> : null}>
      <header className="flex h-10 shrink-0 items-center gap-3 border-b border-line bg-panel px-4">
        <h1 className="font-semibold">Process tree</h1>
        {data && <span className="text-soft">{data.host_name} · {counted(data.nodes.length, "process", "processes")}</span>}
        {alerts.slice(0, 3).map((a) => <Link key={a.id} to={`/alerts/${a.id}`} className="inline-flex min-w-0 items-center gap-1 truncate text-accent hover:underline"><SeverityMark level={a.level} size={13} />{a.rule_name}</Link>)}
      </header>
      <div className="min-h-0 flex-1"><TreeOf eventId={id} alertEntity={alerts[0]?.entity_id} chosen={node} onChoose={choose} /></div>
      <CompletenessLine value={data?.completeness} />
    </Split>
  );
}

function Chosen({ node: n, host, event: of, onClose }: { node: TreeNode; host: string; event: string; onClose(): void }) {
  const may = useMay("analyst");
  const go = useGo();
  const [task, setTask] = useState<"kill" | "suspend">();
  const target = useMemo(() => ({ event_id: of, entity_id: n.entity_id }), [of, n.entity_id]);
  const query = `process.entity_id = ${quote(n.entity_id)}`;
  const why = may ? (n.end ? "The process has ended" : undefined) : "Needs the role analyst";
  return (
    <article aria-label={`Process ${n.name}`} className="flex min-h-0 flex-1 flex-col">
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line px-4">
        <h2 className="min-w-0 flex-1 truncate font-mono font-semibold">{n.name} <span className="font-normal text-faint">{n.pid}</span></h2>
        <button type="button" className="control danger" disabled={why !== undefined} title={why} onClick={() => setTask("kill")}>Kill…</button>
        <button type="button" className="control" disabled={why !== undefined} title={why} onClick={() => setTask("suspend")}>Suspend…</button>
        <button type="button" className="control quiet" aria-label="Close the detail" onClick={onClose}><Icon name="close" /></button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Section title="Process">
          <Facts
            rows={[
              ["Command line", <Value key="c" field="process.command_line" value={n.command_line ?? ""} className="font-mono break-all" />],
              ["Executable", <Value key="e" field="process.executable" value={n.executable ?? ""} className="font-mono break-all" />],
              ["User", <Value key="u" field="user.name" value={n.user ?? ""} />],
              ["Started", <When key="s" at={n.start} form="stamp" />],
              ["Ended", n.end ? <span key="x"><When at={n.end} form="stamp" />{n.exit_code !== undefined && `, exit code ${n.exit_code}`}</span> : "no end seen"],
            ]}
          />
          {!n.seen && <p className="mt-2 text-sm text-warn">Its start was not seen; it is known from the ancestry of another process.</p>}
        </Section>
        <Section title="Events of this process" action={<button type="button" className="text-sm text-accent hover:underline" onClick={() => go.to("/search", { q: query })}>In search</button>}>
          <Events query={query} host={host} node={n} />
        </Section>
      </div>
      {task && <TaskDialog action={task} target={target} onClose={() => setTask(undefined)} />}
    </article>
  );
}

function Events({ query, host, node }: { query: string; host: string; node: TreeNode }) {
  // From before its start until after its end, whatever the range on top says.
  const from = new Date(node.start ? Date.parse(node.start) - 60_000 : Date.now() - 86_400_000);
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["events of process", query, host],
    queryFn: ({ signal }) => searchPage({ from, to: node.end ? new Date(Date.parse(node.end) + 60_000) : new Date() }, { query, host }, "@timestamp", "", signal, 300),
    placeholderData: undefined,
  });
  if (error) return <Failed small what="The events could not be loaded" error={error} retry={() => void refetch()} />;
  if (isPending) return <SkeletonRows rows={5} />;
  if (data.events.length === 0) return <Empty title="No events of this process">It may have started before the agent, or its events are older than the retention.</Empty>;
  return (
    <>
      <ol className="-mx-4 border-t border-line">{data.events.map((e) => <EventLine key={eventId(e) || text(e, "@timestamp")} event={e} />)}</ol>
      {data.next && <p className="pt-2 text-sm text-soft">The first {data.events.length} are shown; search has all.</p>}
    </>
  );
}
