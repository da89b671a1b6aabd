// The time range of every screen, as it stands in the URL: `from=24h` is the
// last day up to now; `from=…&to=…` are two instants.

export interface Range {
  from: string; // a span such as 15m, 24h, 7d, or an instant (RFC 3339)
  to?: string; // an instant; absent means now
}

export interface Span {
  from: Date;
  to: Date;
}

export const standardRange: Range = { from: "24h" };

export const presets: readonly { from: string; label: string }[] = [
  { from: "15m", label: "Last 15 minutes" },
  { from: "1h", label: "Last hour" },
  { from: "4h", label: "Last 4 hours" },
  { from: "24h", label: "Last 24 hours" },
  { from: "3d", label: "Last 3 days" },
  { from: "7d", label: "Last 7 days" },
  { from: "30d", label: "Last 30 days" },
];

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** spanOf reads a span such as 24h; the answer is in milliseconds, or undefined. */
export function spanOf(text: string): number | undefined {
  const m = /^(\d{1,6})([smhdw])$/.exec(text);
  if (!m) return undefined;
  const n = Number(m[1]) * units[m[2]!]!;
  return n > 0 ? n : undefined;
}

/** readRange takes a range from the URL; what cannot be read becomes the standard one. */
export function readRange(from: unknown, to: unknown): Range {
  if (typeof from !== "string") return standardRange;
  if (spanOf(from) !== undefined) return { from };
  const a = Date.parse(from);
  if (Number.isNaN(a)) return standardRange;
  if (typeof to !== "string") return { from };
  const b = Date.parse(to);
  if (Number.isNaN(b)) return { from };
  return a <= b ? { from, to } : { from: to, to: from };
}

/** relative reports whether the range moves with the clock. */
export function relative(r: Range): boolean {
  return r.to === undefined;
}

/** resolve gives the instants of a range. */
export function resolve(r: Range, now: Date): Span {
  const span = spanOf(r.from);
  if (span !== undefined) return { from: new Date(now.getTime() - span), to: now };
  return { from: new Date(r.from), to: r.to === undefined ? now : new Date(r.to) };
}

/** between makes a fixed range of two instants, at least a second long. */
export function between(a: Date, b: Date): Range {
  const [x, y] = a <= b ? [a, b] : [b, a];
  const end = y.getTime() - x.getTime() < 1000 ? new Date(x.getTime() + 1000) : y;
  return { from: x.toISOString(), to: end.toISOString() };
}

/** around makes a fixed range of half a span to each side of an instant. */
export function around(at: Date, halfMillis: number): Range {
  return between(new Date(at.getTime() - halfMillis), new Date(at.getTime() + halfMillis));
}

/** label says a range in words. */
export function label(r: Range): string {
  const preset = r.to === undefined ? presets.find((p) => p.from === r.from) : undefined;
  if (preset) return preset.label;
  const span = spanOf(r.from);
  if (span !== undefined) return `Last ${r.from}`;
  const from = new Date(r.from);
  if (r.to === undefined) return `Since ${stamp(from)}`;
  const to = new Date(r.to);
  const end = day(from) === day(to) ? clock(to) : stamp(to);
  return `${stamp(from)} – ${end}`;
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

/** bucket chooses a step in seconds so that a span has at most `most` bars. */
export function bucket(s: Span, most: number): number {
  const seconds = Math.max(1, (s.to.getTime() - s.from.getTime()) / 1000);
  return steps.find((x) => seconds / x <= most) ?? 604800;
}

const two = (n: number) => String(n).padStart(2, "0");

function day(d: Date): string {
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

/** clock is the time of day to the second. */
export function clock(d: Date): string {
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** clockMillis is the time of day to the millisecond. */
export function clockMillis(d: Date): string {
  return `${clock(d)}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

/** stamp is day and time to the second, in the zone of the browser. */
export function stamp(d: Date): string {
  return `${day(d)} ${clock(d)}`;
}

/** zone names the browser's zone, for example "UTC+02:00". */
export function zone(d: Date): string {
  const off = -d.getTimezoneOffset();
  if (off === 0) return "UTC";
  const abs = Math.abs(off);
  return `UTC${off < 0 ? "-" : "+"}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}

/** full is what a hover shows: local time with zone, and UTC where that differs. */
export function full(d: Date): string {
  const local = `${day(d)} ${clockMillis(d)} ${zone(d)}`;
  return d.getTimezoneOffset() === 0 ? local : `${local}\n${d.toISOString()}`;
}

/** ago says how long before now an instant is, in one unit. */
export function ago(d: Date, now: Date): string {
  const s = Math.round((now.getTime() - d.getTime()) / 1000);
  if (s < 0) return s > -5 ? "now" : `in ${amount(-s)}`;
  return s < 5 ? "now" : `${amount(s)} ago`;
}

/** amount says a number of seconds in one unit. */
export function amount(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400 * 2) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
