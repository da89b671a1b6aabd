// How whole the telemetry is: a thin bar over the range for each host, and
// the sentence under an answer.

import { useState } from "react";
import type { Completeness, Gap, Interval } from "../api/types";
import { Icon } from "../parts/Icon";
import { counted, exact } from "../parts/number";
import { clock, stamp } from "../time/range";

const fills = { complete: "var(--color-good)", degraded: "var(--color-warn)", blind: "var(--color-bad)" } as const;
const words = { complete: "complete", degraded: "degraded", blind: "blind" } as const;

/** TrackBar draws intervals; degraded is lower and blind is hollow, so that they differ without colour. */
export function TrackBar({ intervals, from, to, height = 8 }: { intervals: readonly Interval[]; from: Date; to: Date; height?: number }) {
  const start = from.getTime();
  const length = Math.max(1, to.getTime() - start);
  const x = (t: string) => Math.max(0, Math.min(1000, ((Date.parse(t) - start) / length) * 1000));
  const bad = intervals.filter((i) => i.state !== "complete");
  const text = bad.length === 0 ? "complete" : `${counted(bad.length, "interval")} not complete`;
  return (
    <svg viewBox={`0 0 1000 ${height}`} preserveAspectRatio="none" height={height} role="img" aria-label={`Telemetry: ${text}`} className="block w-full rounded-[2px] bg-raised">
      {[...intervals].sort((a, b) => (a.state === "complete" ? -1 : 0) - (b.state === "complete" ? -1 : 0)).map((i, k) => {
        const left = x(i.from);
        // What is shorter than a pixel must still be seen.
        const width = Math.max(i.state === "complete" ? 0 : 6, x(i.to) - left);
        const cut = i.state === "complete" ? height * 0.25 : 0;
        return (
          <rect
            key={k} x={left} width={width} y={cut} height={height - 2 * cut} fill={i.state === "blind" ? "var(--color-panel)" : fills[i.state]} fillOpacity={i.state === "complete" ? 0.65 : 1}
            stroke={i.state === "blind" ? fills.blind : "none"} strokeWidth={1.5} vectorEffect="non-scaling-stroke"
          >
            <title>{`${words[i.state]} ${stamp(new Date(i.from))} – ${stamp(new Date(i.to))}${i.lost ? `, ${i.lost < 0 ? "unknown number" : exact(i.lost)} lost` : ""}${i.reason ? `\n${i.reason}` : ""}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** StateWord says a state of telemetry with a shape. */
export function StateWord({ state }: { state: "complete" | "degraded" | "blind" }) {
  const ink = { complete: "text-good", degraded: "text-warn", blind: "text-bad" }[state];
  return (
    <span className={`inline-flex items-center gap-1.5 ${ink}`}>
      <svg width="9" height="9" viewBox="0 0 10 10" aria-hidden="true">
        {state === "complete" ? <circle cx="5" cy="5" r="4" fill="currentColor" /> : state === "degraded" ? <path d="M5 1a4 4 0 0 1 0 8z M5 1a4 4 0 0 0 0 8" fill="none" stroke="currentColor" strokeWidth="1.5" /> : <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />}
        {state === "degraded" && <path d="M5 1a4 4 0 0 0 0 8z" fill="currentColor" />}
      </svg>
      {state}
    </span>
  );
}

/** sentence says a completeness in words. */
export function sentence(c: Completeness): string {
  if (c.hosts === 0) return "No host has sent telemetry in this range.";
  const whole = c.hosts === c.whole;
  if (whole) return `Telemetry whole for ${c.hosts === 1 ? "the one host" : `all ${exact(c.hosts)} hosts`} in this range.`;
  const lost = c.lost > 0 ? ` ${counted(c.lost, "event")} known to be missing.` : "";
  return `Telemetry whole for ${exact(c.whole)} of ${counted(c.hosts, "host")} in this range; ${exact(c.hosts - c.whole)} with gaps.${lost}`;
}

/** CompletenessLine stands under every answer. */
export function CompletenessLine({ value }: { value: Completeness | undefined }) {
  const [open, setOpen] = useState(false);
  if (!value) return <div className="h-7 shrink-0 border-t border-line bg-panel" />;
  const whole = value.hosts > 0 && value.hosts === value.whole;
  return (
    <footer className="shrink-0 border-t border-line bg-panel">
      {open && value.gaps.length > 0 && <Gaps gaps={value.gaps} more={value.more} />}
      <p className="flex h-7 items-center gap-2 px-3 text-sm text-soft" data-completeness={value.state}>
        {value.hosts > 0 && <StateWord state={value.state} />}
        <span className="min-w-0 truncate">{sentence(value)}</span>
        {!whole && value.gaps.length > 0 && (
          <button type="button" className="text-accent hover:underline" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide" : "Show"} {counted(value.gaps.length + value.more, "gap")}</button>
        )}
      </p>
    </footer>
  );
}

const sameDay = (a: string, b: string) => new Date(a).toDateString() === new Date(b).toDateString();

/** Gaps lists what is missing. */
export function Gaps({ gaps, more, host = true }: { gaps: readonly Gap[]; more: number; host?: boolean }) {
  const heads = ["Host", "From", "To", "State", "Where", "Lost", "Why"];
  return (
    <div className="max-h-56 overflow-auto border-b border-line">
      <table className="w-full text-sm">
        <thead className="sticky top-0 bg-raised text-left text-soft">
          <tr>{(host ? heads : heads.slice(1)).map((t) => <th key={t} className={`px-3 py-0.5 font-medium ${t === "Lost" ? "text-right" : ""}`}>{t}</th>)}</tr>
        </thead>
        <tbody>
          {gaps.map((g, i) => (
            <tr key={i} className="border-t border-line">
              {host && <td className="px-3 whitespace-nowrap">{g.host_name || g.host}</td>}
              <td className="px-3 whitespace-nowrap">{stamp(new Date(g.from))}</td>
              <td className="px-3 whitespace-nowrap" title={stamp(new Date(g.to))}>{sameDay(g.from, g.to) ? clock(new Date(g.to)) : stamp(new Date(g.to))}</td>
              <td className="px-3"><StateWord state={g.state} /></td>
              <td className="px-3 whitespace-nowrap">{[g.stage, g.sensor, g.kind].filter(Boolean).join(", ")}</td>
              <td className="px-3 text-right">{g.lost < 0 ? "unknown" : exact(g.lost)}</td>
              <td className="px-3 text-soft"><span className="line-clamp-2 min-w-44" title={g.reason}>{g.reason}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className="flex items-center gap-1 px-3 py-1 text-sm text-soft"><Icon name="plus" size={12} />{counted(more, "older gap")} not shown</p>}
    </div>
  );
}
