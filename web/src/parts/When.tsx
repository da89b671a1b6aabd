import { ago, clock, clockMillis, full, stamp } from "../time/range";
import { useClock } from "../time/clock";

/** When shows an instant; the other form and the zone are on hover. */
export function When({ at, form = "ago" }: { at: string | Date | undefined; form?: "ago" | "clock" | "millis" | "stamp" }) {
  const { now } = useClock();
  if (!at) return <span className="text-faint">–</span>;
  const d = typeof at === "string" ? new Date(at) : at;
  if (Number.isNaN(d.getTime())) return <span className="text-faint">–</span>;
  // The clock ticks every few seconds; what is newer than the tick is "now".
  const rel = ago(d, now < d ? d : now);
  const shown = form === "ago" ? rel : form === "clock" ? clock(d) : form === "millis" ? clockMillis(d) : stamp(d);
  return (
    <time dateTime={d.toISOString()} title={form === "ago" ? full(d) : `${full(d)}\n${rel}`} className="whitespace-nowrap">
      {shown}
    </time>
  );
}
