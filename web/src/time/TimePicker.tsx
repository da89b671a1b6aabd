import { useRef, useState, type FormEvent } from "react";
import { Icon } from "../parts/Icon";
import { useGo, usePath, useRange } from "../url";
import { useClock, useSpan } from "./clock";
import { between, label, presets, standardRange, zone } from "./range";

/** TimePicker changes the range of every screen. */
export function TimePicker() {
  const range = useRange();
  const span = useSpan();
  const go = useGo();
  const path = usePath();
  const { now } = useClock();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const choose = (r: { from: string; to?: string | undefined }) => {
    go.set({ from: r.from === standardRange.from ? undefined : r.from, to: r.to });
    box.current?.hidePopover();
    button.current?.focus();
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const a = new Date(from);
    const b = to === "" ? new Date() : new Date(to);
    if (!Number.isNaN(a.getTime()) && !Number.isNaN(b.getTime())) choose(between(a, b));
  };
  const open = () => {
    const el = box.current;
    if (!el || !button.current) return;
    setFrom(local(span.from));
    setTo(range.to === undefined ? "" : local(span.to));
    const r = button.current.getBoundingClientRect();
    el.style.left = `${r.left}px`;
    el.style.top = `${r.bottom + 2}px`;
    el.togglePopover();
  };
  if (path === "/live") {
    return <button type="button" className="control" disabled title="The live tail shows what comes from now on"><Icon name="clock" size={14} />From now on</button>;
  }
  return (
    <>
      <button ref={button} type="button" className="control" aria-haspopup="dialog" onClick={open} title={`${span.from.toISOString()} – ${span.to.toISOString()}`}>
        <Icon name="clock" size={14} />
        <span className="max-w-80 truncate">{label(range)}</span>
        <Icon name="down" size={12} />
      </button>
      <div ref={box} popover="auto" role="dialog" aria-label="Time range" className="fixed w-[420px] rounded border border-line-strong bg-panel p-0 text-ink">
        <div className="grid grid-cols-[160px_1fr]">
          <div className="border-r border-line py-1">
            {presets.map((p) => (
              <button
                key={p.from} type="button" onClick={() => choose({ from: p.from })} aria-pressed={range.to === undefined && range.from === p.from}
                className={`block h-7 w-full px-3 text-left hover:bg-hover ${range.to === undefined && range.from === p.from ? "bg-chosen" : ""}`}
              >
                {p.label}
              </button>
            ))}
          </div>
          <form onSubmit={submit} className="flex flex-col gap-2 p-3">
            <label className="text-soft" htmlFor="range-from">From</label>
            <input id="range-from" type="datetime-local" step="1" required className="control" value={from} onChange={(e) => setFrom(e.target.value)} />
            <label className="text-soft" htmlFor="range-to">To (empty: now)</label>
            <input id="range-to" type="datetime-local" step="1" className="control" value={to} onChange={(e) => setTo(e.target.value)} />
            <p className="text-sm text-faint">Times are in {zone(now)}, the zone of this browser.</p>
            <button type="submit" className="control primary justify-center">Use this range</button>
          </form>
        </div>
      </div>
    </>
  );
}

/** local writes an instant as datetime-local inputs want it. */
function local(d: Date): string {
  const shifted = new Date(d.getTime() - d.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}
