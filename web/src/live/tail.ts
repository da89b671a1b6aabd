// The events of the live tail: a bounded list, newest first, and the counts
// of what came, fell off the end, or was never sent to this browser.

import type { Event, StreamMessage } from "../api/types";
import { id } from "../event/read";

export const kept = 2000;

export interface Tail {
  events: readonly Event[]; // newest first
  seen: number; // came since the start
  dropped: number; // the manager could not send them: too slow or away
  unknown: boolean; // some were dropped and nobody knows how many
  error: string; // why the manager does not follow the condition
}

export const empty: Tail = { events: [], seen: 0, dropped: 0, unknown: false, error: "" };

/** add takes messages in the order in which they came. */
export function add(t: Tail, messages: readonly StreamMessage[], most = kept): Tail {
  const fresh: Event[] = [];
  let { dropped, unknown, error } = t;
  const known = new Set(t.events.slice(0, 200).map(id));
  for (const m of messages) {
    if (m.type === "event" && m.event) {
      const e = m.event as Event;
      if (known.has(id(e))) continue; // sent again after a reconnect
      known.add(id(e));
      fresh.push(e);
    } else if (m.type === "gap") {
      if ((m.lost ?? -1) < 0) unknown = true;
      else dropped += m.lost ?? 0;
    } else if (m.type === "error") error = m.error ?? "";
    else if (m.type === "hello") error = "";
  }
  if (fresh.length === 0 && dropped === t.dropped && unknown === t.unknown && error === t.error) return t;
  return { events: [...fresh.reverse(), ...t.events].slice(0, most), seen: t.seen + fresh.length, dropped, unknown, error };
}

/** notice says what was not shown. */
export function notice(t: Tail): string {
  if (t.dropped === 0 && !t.unknown) return "";
  const n = t.dropped === 0 ? "Some" : t.unknown ? `More than ${t.dropped.toLocaleString("en")}` : t.dropped.toLocaleString("en");
  return `${n} ${t.dropped === 1 && !t.unknown ? "event was" : "events were"} too many for this connection and not sent here. They are stored: search shows them.`;
}
