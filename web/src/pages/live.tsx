// Live tail: events as they come, filtered by the condition of the bar on top.

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { stream, type Subscription } from "../api/stream";
import type { Event, StreamMessage } from "../api/types";
import { joined } from "../condition/token";
import { Fields } from "../event/Fields";
import { id as eventId } from "../event/read";
import { add, empty, kept, notice, type Tail } from "../live/tail";
import { useKeys } from "../keyboard/keys";
import { Icon } from "../parts/Icon";
import { counted, exact } from "../parts/number";
import { Empty } from "../parts/state";
import { FilterContext } from "../parts/Value";
import { chosen, columnsOf } from "../search/columns";
import { Table } from "../table/Table";
import { useClock } from "../time/clock";
import { useGo, useUrl } from "../url";

const flush = 200; // milliseconds between drawings
const rowKey = (e: Event) => eventId(e);

export function Live() {
  const { q = "", cols, event: open } = useUrl();
  const go = useGo();
  const { live, setLive } = useClock();
  const [tail, setTail] = useState<Tail>(empty);
  const [cursor, setCursor] = useState<string>();
  const link = useSyncExternalStore((c) => stream.watch(c), () => stream.link);
  useTail(q, !live, setTail);
  useEffect(() => setTail(empty), [q]);
  const narrow = useCallback((p: string) => go.set({ q: joined(q, p), event: undefined }), [go, q]);
  useKeys(open ? { Escape: () => go.set({ event: undefined }, true) } : {});
  const columns = columnsOf(chosen(cols), false).map(({ sort: _, ...c }) => c);
  const missing = notice(tail);
  return (
    <FilterContext value={narrow}>
      <h1 className="sr-only">Live tail</h1>
      <div className="flex h-10 shrink-0 items-center gap-3 border-b border-line bg-panel px-3">
        <button type="button" className="control" onClick={() => setLive(!live)} aria-pressed={!live}><Icon name={live ? "pause" : "play"} size={14} />{live ? "Pause" : "Go on"}</button>
        <button type="button" className="control" onClick={() => setTail(empty)} disabled={tail.events.length === 0}>Clear</button>
        <button type="button" className="control" onClick={() => go.to("/search", q ? { q } : {})}><Icon name="search" size={14} />Same in search</button>
        <span className="flex-1" />
        <span role="status" className="text-soft" data-link={link}>
          {!live ? "Paused" : link === "open" ? "Connected" : link === "connecting" ? "Connecting" : "Not connected; trying again"}
        </span>
        <span className="tnum w-32 text-right text-soft" data-seen={tail.seen}>{counted(tail.seen, "event")}</span>
      </div>
      {missing && <p role="status" className="flex shrink-0 items-center gap-2 border-b border-line bg-raised px-3 py-1 text-warn" data-drop><Icon name="alerts" size={14} />{missing}</p>}
      {tail.error && <p role="alert" className="shrink-0 border-b border-line bg-raised px-3 py-1 text-bad">The condition is not followed: {tail.error}</p>}
      {tail.events.length === 0 ? (
        <div className="flex-1 bg-panel">
          <Empty title={!live ? "Paused" : link === "open" ? "Waiting for events" : "Not connected to the manager"} action={!live ? <button type="button" className="control" onClick={() => setLive(true)}>Go on</button> : undefined}>
            {!live ? "Nothing is taken while paused." : q ? "The next event that meets the condition appears here." : "The next event of any host appears here."}
          </Empty>
        </div>
      ) : (
        <Table
          label="Live events" rows={tail.events} rowKey={rowKey} columns={columns} cursor={open ?? cursor} onCursor={setCursor} minWidth={720}
          onOpen={(k) => { setCursor(k); setLive(false); go.set({ event: open === k ? undefined : k }, true); }} below={(e) => (eventId(e) === open ? <Fields event={e} /> : undefined)}
          end={tail.seen > tail.events.length ? <p className="px-3 py-2 text-sm text-faint">The newest {exact(Math.min(kept, tail.events.length))} are kept here; search has the others.</p> : undefined}
        />
      )}
    </FilterContext>
  );
}

/** useTail subscribes to events; what comes is drawn a few times a second. */
function useTail(query: string, paused: boolean, change: React.Dispatch<React.SetStateAction<Tail>>): void {
  const sub = useRef<Subscription>(undefined);
  const latest = useRef({ query, paused });
  latest.current = { query, paused };
  useEffect(() => {
    let waiting: StreamMessage[] = [];
    const s: Subscription = { topics: ["events"], ...latest.current, message: (m) => { if (m.type !== "alert" && m.type !== "host") waiting.push(m); } };
    sub.current = s;
    const stop = stream.subscribe(s);
    const timer = setInterval(() => {
      if (waiting.length === 0) return;
      const taken = waiting;
      waiting = [];
      change((t) => add(t, s.paused ? taken.filter((m) => m.type !== "event") : taken));
    }, flush);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [change]);
  useEffect(() => {
    if (!sub.current) return;
    sub.current.query = query;
    sub.current.paused = paused;
    stream.changed();
  }, [query, paused]);
}
