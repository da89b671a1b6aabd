// Master and detail side by side. The border between them can be dragged, and
// moved with the arrow keys; its place is remembered by the browser.

import { useCallback, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

function remembered(name: string, standard: number): number {
  const v = Number(localStorage.getItem(`vedette.split.${name}`));
  return v >= 0.2 && v <= 0.85 ? v : standard;
}

/** Split shows `detail` to the right of `children` when there is one. */
export function Split({ name, detail, standard = 0.6, children }: { name: string; detail: ReactNode | null; standard?: number; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [part, setPart] = useState(() => remembered(name, standard));
  const move = useCallback(
    (p: number) => {
      const v = Math.min(0.85, Math.max(0.2, p));
      setPart(v);
      localStorage.setItem(`vedette.split.${name}`, v.toFixed(3));
    },
    [name],
  );
  const drag = (e: PointerEvent) => {
    if (!(e.buttons & 1) || !box.current) return;
    const r = box.current.getBoundingClientRect();
    move((r.right - e.clientX) / r.width);
  };
  const key = (e: KeyboardEvent) => {
    const by = { ArrowLeft: 0.03, ArrowRight: -0.03 }[e.key];
    if (by === undefined) return;
    e.preventDefault();
    move(part + by);
  };
  return (
    <div ref={box} className="flex min-h-0 min-w-0 flex-1">
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">{children}</div>
      {detail && (
        <>
          <div
            role="separator" aria-orientation="vertical" aria-label="Width of the detail" aria-valuenow={Math.round(part * 100)} aria-valuemin={20} aria-valuemax={85} tabIndex={0}
            onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)} onPointerMove={drag} onKeyDown={key}
            className="w-[5px] shrink-0 cursor-col-resize touch-none border-l border-line hover:bg-chosen"
          />
          <div className="flex min-h-0 min-w-0 flex-col bg-panel" ref={(el) => { if (el) el.style.width = `${part * 100}%`; }}>{detail}</div>
        </>
      )}
    </div>
  );
}

/** Section is a titled part of a detail. */
export function Section({ title, note, action, children, id }: { title: string; note?: ReactNode; action?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="border-b border-line px-4 py-3" aria-label={title} id={id}>
      <header className="mb-2 flex min-h-5 items-center gap-2">
        <h3 className="heading">{title}</h3>
        {note && <span className="text-sm text-faint">{note}</span>}
        <span className="flex-1" />
        {action}
      </header>
      {children}
    </section>
  );
}

/** Facts is a list of names and values. */
export function Facts({ rows }: { rows: readonly [string, ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(96px,auto)_1fr] gap-x-4 gap-y-0.5">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-soft">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Tabs switch between views of the same thing. */
export function Tabs<T extends string>({ tabs, value, onChange, label }: { tabs: readonly { id: T; title: string; count?: number }[]; value: T; onChange(id: T): void; label: string }) {
  return (
    <div
      role="tablist" aria-label={label} className="flex h-9 shrink-0 gap-4 border-b border-line px-4"
      onKeyDown={(e) => {
        const i = tabs.findIndex((t) => t.id === value);
        const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
        if (by === undefined) return;
        e.preventDefault();
        onChange(tabs[(i + by + tabs.length) % tabs.length]!.id);
        (e.currentTarget.children[(i + by + tabs.length) % tabs.length] as HTMLElement).focus();
      }}
    >
      {tabs.map((t) => (
        <button
          key={t.id} type="button" role="tab" aria-selected={t.id === value} tabIndex={t.id === value ? 0 : -1} onClick={() => onChange(t.id)}
          className={`-mb-px border-b-2 ${t.id === value ? "border-accent font-medium" : "border-transparent text-soft hover:text-ink"}`}
        >
          {t.title}
          {t.count !== undefined && <span className="ml-1.5 text-sm text-faint">{t.count}</span>}
        </button>
      ))}
    </div>
  );
}
