// The clock that the screens go by. While live it ticks, and moving ranges
// move with it; paused, everything stands still.

import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { useRange } from "../url";
import { relative, resolve, type Span } from "./range";

const tick = 15_000; // milliseconds

interface Clock {
  now: Date; // of the last tick
  live: boolean;
  setLive(live: boolean): void;
  refresh(): void;
}

const ClockContext = createContext<Clock | undefined>(undefined);

export function ClockProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(() => new Date());
  const [live, setLive] = useState(true);
  useEffect(() => {
    if (!live) return;
    setNow(new Date());
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setNow(new Date());
    }, tick);
    const seen = () => {
      if (document.visibilityState === "visible") setNow(new Date());
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [live]);
  const value = useMemo(() => ({ now, live, setLive, refresh: () => setNow(new Date()) }), [now, live]);
  return <ClockContext value={value}>{children}</ClockContext>;
}

export function useClock(): Clock {
  const c = useContext(ClockContext);
  if (!c) throw new Error("useClock outside of ClockProvider");
  return c;
}

/** useSpan gives the instants of the range in the URL. */
export function useSpan(): Span & { moving: boolean } {
  const range = useRange();
  const { now } = useClock();
  return useMemo(() => ({ ...resolve(range, now), moving: relative(range) }), [range, now]);
}
