// Bars or a line over time. Dragging over it chooses that range.

import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { color, onTheme } from "../shell/theme";
import { stamp } from "../time/range";
import { exact } from "../parts/number";

export interface Series {
  name: string;
  token: string; // colour
  values: readonly number[];
}

interface Props {
  label: string; // for screen readers
  times: readonly number[]; // seconds, starts of the intervals
  width: number; // seconds of an interval
  series: readonly Series[]; // bars are stacked, the first at the bottom
  height: number;
  kind?: "bars" | "line";
  onRange?(from: Date, to: Date): void;
  bare?: boolean; // without axes
  unit?: (n: number) => string;
}

export function TimeChart(p: Props) {
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const latest = useRef(p);
  latest.current = p;
  const shape = `${p.kind}${p.bare}${p.height}${p.width}${p.series.map((s) => s.name).join()}${p.onRange !== undefined}`;
  const plot = useRef<uPlot | undefined>(undefined);

  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(latest, tip, el.clientWidth), data(latest.current), el);
    };
    draw();
    const size = new ResizeObserver(() => plot.current?.setSize({ width: el.clientWidth, height: latest.current.height }));
    size.observe(el);
    const stop = onTheme(draw);
    return () => {
      size.disconnect();
      stop();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data(p)), [p.times, p.series, p]);

  const total = p.series.reduce((n, s) => n + s.values.reduce((a, b) => a + b, 0), 0);
  return (
    <div className="relative" role="img" aria-label={`${p.label}: ${exact(total)} in all`}>
      <div ref={(el) => { box.current = el; if (el) el.style.height = `${p.height}px`; }} />
      <div ref={tip} className="pointer-events-none absolute top-0 z-20 hidden rounded border border-line-strong bg-panel px-2 py-1 text-sm whitespace-nowrap" />
    </div>
  );
}

/** data stacks the series; uPlot draws the highest first. */
function data(p: Props): uPlot.AlignedData {
  const sums: number[][] = [];
  let below: number[] = p.times.map(() => 0);
  for (const s of p.series) {
    below = below.map((b, i) => b + (s.values[i] ?? 0));
    sums.push(below);
  }
  return [p.times as number[], ...(p.kind === "line" ? p.series.map((s) => s.values as number[]) : sums.reverse())];
}

function options(latest: { current: Props }, tip: { current: HTMLDivElement | null }, width: number): uPlot.Options {
  const p = latest.current;
  const faint = color("faint");
  const line = color("line");
  const axis: uPlot.Axis = { stroke: faint, font: "11px Inter, sans-serif", grid: { stroke: line, width: 1 }, ticks: { show: false }, border: { show: false } };
  const names = p.kind === "line" ? p.series : [...p.series].reverse();
  return {
    width, height: p.height, padding: p.bare ? [2, 0, 2, 0] : [6, 8, 0, 0], legend: { show: false },
    cursor: {
      y: false, points: { show: false },
      drag: { x: p.onRange !== undefined, y: false, setScale: false },
    },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: true, range: (_u, min, max) => [min, Math.max(max + latest.current.width, min + 1)] },
      y: { range: (_u, _min, max) => [0, Math.max(1, (max || 0) * 1.05)] },
    },
    axes: p.bare
      ? [{ show: false }, { show: false }]
      : [
          { ...axis, grid: { show: false }, space: 80, size: 24, values: (_u, ticks) => times(ticks) },
          { ...axis, size: 44, space: 28, values: (_u, ticks) => ticks.map((t) => (t % 1 === 0 ? exact(t) : "")) },
        ],
    series: [
      {},
      ...names.map((s): uPlot.Series =>
        p.kind === "line"
          ? { stroke: color(s.token), width: 1.25, fill: `${color(s.token).replace("rgb(", "rgba(").replace(")", ", 0.12)")}`, points: { show: false } }
          : { fill: color(s.token), stroke: color("panel"), width: 1, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.86, 40], align: 1 }) },
      ),
    ],
    hooks: {
      setSelect: [
        (u) => {
          const call = latest.current.onRange;
          if (!call || u.select.width < 4) return;
          const from = u.posToVal(u.select.left, "x");
          const to = u.posToVal(u.select.left + u.select.width, "x");
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          call(new Date(from * 1000), new Date(to * 1000));
        },
      ],
      setCursor: [(u) => show(u, latest.current, tip.current)],
    },
  };
}

const two = (n: number) => String(n).padStart(2, "0");

/** times labels ticks: the hour, and the day where it changes. */
function times(ticks: number[]): string[] {
  const short = ticks.length > 1 && ticks[1]! - ticks[0]! < 60;
  let before = "";
  return ticks.map((t) => {
    const d = new Date(t * 1000);
    const day = `${two(d.getMonth() + 1)}-${two(d.getDate())}`;
    const hour = `${two(d.getHours())}:${two(d.getMinutes())}${short ? `:${two(d.getSeconds())}` : ""}`;
    const first = before === "";
    const changed = !first && before !== day;
    before = day;
    return hour === "00:00" || changed ? day : hour;
  });
}

function show(u: uPlot, p: Props, tip: HTMLDivElement | null): void {
  if (!tip) return;
  const { left } = u.cursor;
  if (left === undefined || left < 0 || p.times.length === 0) {
    tip.style.display = "none";
    return;
  }
  const t = u.posToVal(left, "x");
  let i = -1;
  for (let k = 0; k < p.times.length; k++) if (p.times[k]! <= t) i = k;
  if (i < 0) {
    tip.style.display = "none";
    return;
  }
  tip.replaceChildren();
  const head = document.createElement("div");
  head.className = "text-faint";
  head.textContent = stamp(new Date(p.times[i]! * 1000));
  tip.append(head);
  for (const s of [...p.series].reverse()) {
    const v = s.values[i] ?? 0;
    if (v === 0 && p.series.length > 1) continue;
    const row = document.createElement("div");
    row.className = "tnum flex justify-between gap-4";
    const name = document.createElement("span");
    name.textContent = s.name;
    const value = document.createElement("span");
    value.textContent = p.unit ? p.unit(v) : exact(v);
    row.append(name, value);
    tip.append(row);
  }
  tip.style.display = "block";
  const x = left + (u.bbox.left / devicePixelRatio);
  const w = tip.offsetWidth;
  tip.style.left = `${x + 12 + w > u.width ? x - w - 12 : x + 12}px`;
}
