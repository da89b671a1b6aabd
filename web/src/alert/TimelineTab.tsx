import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { timeline } from "../api/queries";
import type { AlertDetail } from "../api/types";
import { EventLine } from "../event/EventLine";
import { id } from "../event/read";
import { CompletenessLine } from "../host/Track";
import { counted, exact } from "../parts/number";
import { Empty, Failed, SkeletonRows } from "../parts/state";

const spans = ["30s", "1m", "5m", "15m", "1h"] as const;
const scopes = [["process", "This process"], ["tree", "Process tree"], ["host", "Whole host"]] as const;

/** TimelineTab is what happened around the alert, oldest first. */
export function TimelineTab({ alert: a }: { alert: AlertDetail }) {
  const [around, setAround] = useState<string>("5m");
  const [scope, setScope] = useState<string>("tree");
  const { data, error, refetch, isPending } = useQuery(timeline(a.id, around, scope));
  return (
    <div className="flex min-h-full flex-col">
      <div className="sticky top-0 z-10 flex h-10 items-center gap-2 border-b border-line bg-panel px-4">
        <label htmlFor="timeline-scope" className="text-soft">Events of</label>
        <select id="timeline-scope" className="control" value={scope} onChange={(e) => setScope(e.target.value)}>{scopes.map(([v, t]) => <option key={v} value={v}>{t}</option>)}</select>
        <label htmlFor="timeline-around" className="text-soft">within</label>
        <select id="timeline-around" className="control" value={around} onChange={(e) => setAround(e.target.value)}>{spans.map((s) => <option key={s}>{s}</option>)}</select>
        <span className="flex-1" />
        {data && <span className="text-sm text-soft">{data.total > data.events.length ? `${exact(data.events.length)} of ${counted(data.total, "event")}` : counted(data.total, "event")}</span>}
      </div>
      <div className="flex-1">
        {error && !data ? <Failed what="The timeline could not be loaded" error={error} retry={() => void refetch()} />
          : isPending ? <SkeletonRows />
          : data && data.events.length === 0 ? <Empty title="No events around this alert">Choose a longer time or the whole host. The events may also be older than the retention.</Empty>
          : <ol>{data?.events.map((e) => <EventLine key={id(e)} event={e} marked={id(e) === a.event_id || id(e) === a.finding_id} inView={id(e) === (a.event_id ?? a.finding_id)} />)}</ol>}
      </div>
      <div className="sticky bottom-0"><CompletenessLine value={data?.completeness} /></div>
    </div>
  );
}
