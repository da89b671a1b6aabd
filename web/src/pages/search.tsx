// Search: events that meet the condition of the bar on top.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Problem } from "../api/client";
import { histogram, searchPage, type EventFilter } from "../api/queries";
import type { Event } from "../api/types";
import { TimeChart } from "../chart/TimeChart";
import { joined } from "../condition/token";
import { Fields } from "../event/Fields";
import { id as eventId } from "../event/read";
import { CompletenessLine } from "../host/Track";
import { useKeys } from "../keyboard/keys";
import { exact } from "../parts/number";
import { Empty, Failed, Skeleton, SkeletonRows } from "../parts/state";
import { FilterContext } from "../parts/Value";
import { chosen, columnsOf, standard } from "../search/columns";
import { CountTable } from "../search/CountTable";
import { FieldList } from "../search/FieldList";
import { Toolbar } from "../search/Toolbar";
import { Table } from "../table/Table";
import { useSpan } from "../time/clock";
import { useHeld } from "../time/held";
import { between, type Span } from "../time/range";
import { useGo, useUrl } from "../url";

const rowKey = (e: Event) => eventId(e);

export function Search() {
  const url = useUrl();
  const go = useGo();
  const now = useSpan();
  const [cursor, setCursor] = useState<string>();
  const [listed, setListed] = useState(() => localStorage.getItem("vedette.fields") !== "hidden");
  const filter = useMemo((): EventFilter => ({ query: url.q, kind: url.kind, host: url.host }), [url.q, url.kind, url.host]);
  const sort = url.sort === "@timestamp" ? "@timestamp" : "-@timestamp";
  const by = useMemo(() => (url.by ?? "").split(",").filter(Boolean), [url.by]);
  const deep = useRef(false);
  const span = useHeld(now, `${url.from}|${url.to}|${url.q}|${url.kind}|${url.host}|${sort}`, deep.current || url.event !== undefined);

  const found = useInfiniteQuery({
    queryKey: ["search", span.from.toISOString(), span.to.toISOString(), filter, sort],
    queryFn: ({ pageParam, signal }) => searchPage(span, filter, sort, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });
  const pages = found.data?.pages;
  deep.current = (pages?.length ?? 0) > 1;
  const events = useMemo(() => (pages ?? []).flatMap((p) => p.events as Event[]), [pages]);
  const first = pages?.[0];
  const columns = useMemo(() => chosen(url.cols), [url.cols]);
  const dates = span.to.getTime() - span.from.getTime() > 86_400_000 * 1.01;
  const shape = useMemo(() => columnsOf(columns, dates), [columns, dates]);
  const narrow = useCallback((p: string) => go.set({ q: joined(url.q ?? "", p), event: undefined, by: undefined }), [go, url.q]);
  const column = useCallback(
    (name: string) => {
      const next = columns.includes(name) ? columns.filter((c) => c !== name) : [...columns.filter((c) => c !== "what"), name, ...(columns.includes("what") ? ["what"] : [])];
      go.set({ cols: next.join() === standard.join() || next.length === 0 ? undefined : next.join() }, true);
    },
    [columns, go],
  );
  const open = useCallback((k: string) => { setCursor(k); go.set({ event: url.event === k ? undefined : k }, true); }, [go, url.event]);
  const more = useCallback(() => { if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage(); }, [found]);
  useKeys(url.event ? { Escape: () => go.set({ event: undefined }, true) } : by.length > 0 ? { Escape: () => go.set({ by: undefined }) } : {});
  const wrong = found.error instanceof Problem && found.error.status === 422;

  return (
    <FilterContext value={narrow}>
      <h1 className="sr-only">Search</h1>
      <Toolbar
        filter={filter} span={span} sort={sort} columns={columns} by={by} total={first?.total} totalExact={first?.total_exact} took={first?.took}
        onColumn={column} listed={listed} onListed={() => { setListed(!listed); localStorage.setItem("vedette.fields", listed ? "hidden" : "shown"); }}
      />
      <Over span={span} filter={filter} bad={wrong} />
      <div className="flex min-h-0 flex-1">
        {listed && <FieldList events={events} span={span} filter={filter} columns={columns} onColumn={column} onFilter={narrow} onCount={(f) => go.set({ by: f })} />}
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          {by.length > 0 ? <CountTable span={span} filter={filter} by={by} onFilter={narrow} />
            : found.error && events.length === 0 ? <Failed what={wrong ? "The condition is not right" : "The search did not work"} error={found.error} retry={wrong ? undefined : () => void found.refetch()} />
            : found.isPending ? <SkeletonRows />
            : events.length === 0 ? <Nothing />
            : (
              <Table
                label="Events" rows={events} rowKey={rowKey} columns={shape} cursor={url.event ?? cursor} onCursor={setCursor} onOpen={open} onEnd={more} sort={sort}
                onSort={(s) => go.set({ sort: s === "@timestamp" ? s : undefined })} minWidth={Math.max(720, 140 * columns.length)}
                below={(e) => (eventId(e) === url.event ? <Fields event={e} /> : undefined)}
                end={found.isFetchingNextPage ? <p className="px-3 py-2 text-sm text-soft">Loading more</p> : !found.hasNextPage ? <p className="px-3 py-2 text-sm text-faint">This is all: {exact(events.length)} events.</p> : undefined}
              />
            )}
          {by.length === 0 && <CompletenessLine value={first?.completeness} />}
        </div>
      </div>
    </FilterContext>
  );
}

function Nothing() {
  const go = useGo();
  const { q, kind } = useUrl();
  return (
    <div className="flex-1 bg-panel">
      <Empty title="No events in this range" action={q || kind ? <button type="button" className="control" onClick={() => go.set({ q: undefined, kind: undefined })}>Clear the condition</button> : undefined}>
        {q ? "Nothing meets the condition. A longer range or a wider condition may; the line below says whether the telemetry was whole." : "No host has sent events in this range. Hosts shows who is connected."}
      </Empty>
    </div>
  );
}

function Over({ span, filter, bad }: { span: Span; filter: EventFilter; bad: boolean }) {
  const go = useGo();
  const { data } = useQuery({ ...histogram(span, filter, 120), enabled: !bad });
  const times = useMemo(() => (data?.buckets ?? []).map((b) => Date.parse(b.at) / 1000), [data]);
  const series = useMemo(() => [{ name: "events", token: "bars", values: (data?.buckets ?? []).map((b) => b.count) }], [data]);
  const zoom = useCallback((a: Date, b: Date) => go.set({ ...between(a, b), event: undefined }), [go]);
  const [ready, setReady] = useState(false);
  useEffect(() => { if (data) setReady(true); }, [data]);
  return (
    <div className="h-[92px] shrink-0 border-b border-line bg-panel px-2 pt-1" aria-label="Events over time">
      {ready && data ? <TimeChart label="Events over time" times={times} width={data.width} series={series} height={86} onRange={zoom} /> : !bad && <Skeleton className="h-[80px]" />}
    </div>
  );
}
