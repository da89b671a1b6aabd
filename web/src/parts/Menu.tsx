// A menu that opens at its button or at the pointer. The browser's popover
// closes it on Esc and on a click elsewhere.

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { Icon, type IconName } from "./Icon";

export interface Item {
  label: ReactNode;
  icon?: IconName;
  note?: string;
  danger?: boolean;
  checked?: boolean;
  disabled?: string; // why it cannot be chosen
  run(): void;
}

export type Entry = Item | "line" | { heading: string };

export interface Point {
  x: number;
  y: number;
  top: number; // of what the menu belongs to, for opening upwards
}

export function pointBelow(el: Element): Point {
  const r = el.getBoundingClientRect();
  return { x: r.left, y: r.bottom + 2, top: r.top - 2 };
}

/** MenuAt is an open menu. */
export function MenuAt({ at, entries, onClose, label }: { at: Point; entries: readonly Entry[]; onClose(): void; label: string }) {
  const ref = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement as HTMLElement | null);
  const close = useCallback(() => {
    onClose();
    before.current?.focus?.();
  }, [onClose]);
  useLayoutEffect(() => {
    const el = ref.current;
    if (!el) return;
    el.showPopover();
    const r = el.getBoundingClientRect();
    el.style.left = `${Math.max(4, Math.min(at.x, innerWidth - r.width - 4))}px`;
    el.style.top = `${at.y + r.height > innerHeight - 4 && at.top - r.height > 4 ? at.top - r.height : Math.max(4, Math.min(at.y, innerHeight - r.height - 4))}px`;
    el.querySelector<HTMLElement>('[role^="menuitem"]')?.focus();
    const toggled = (e: Event) => {
      if ((e as ToggleEvent).newState === "closed") close();
    };
    el.addEventListener("toggle", toggled);
    return () => el.removeEventListener("toggle", toggled);
  }, [at, close]);
  const onKeyDown = (e: KeyboardEvent) => {
    const items = [...(ref.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
    const i = items.indexOf(document.activeElement as HTMLElement);
    const go = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: items.length - 1, j: i + 1, k: i - 1 }[e.key];
    e.stopPropagation();
    if (e.key === "Tab") {
      e.preventDefault();
      close();
    }
    if (go === undefined || items.length === 0) return;
    e.preventDefault();
    items[(go + items.length) % items.length]?.focus();
  };
  return createPortal(
    <div
      ref={ref} popover="auto" role="menu" aria-label={label} onKeyDown={onKeyDown} onClick={(e) => e.stopPropagation()}
      className="fixed max-h-[70vh] min-w-44 max-w-96 overflow-y-auto rounded border border-line-strong bg-panel py-1 text-ink"
    >
      {entries.map((e, i) =>
        e === "line" ? (
          <div key={i} role="separator" className="my-1 border-t border-line" />
        ) : "heading" in e ? (
          <div key={i} className="heading truncate px-3 pt-1 pb-0.5">{e.heading}</div>
        ) : (
          <button
            key={i} type="button" disabled={e.disabled !== undefined} title={e.disabled}
            role={e.checked === undefined ? "menuitem" : "menuitemcheckbox"}
            aria-checked={e.checked}
            onClick={() => {
              close();
              e.run();
            }}
            className={`flex h-7 w-full items-center gap-2 px-3 text-left hover:bg-hover focus:bg-hover disabled:opacity-55 ${e.danger ? "text-bad" : ""}`}
          >
            {e.checked !== undefined ? <Icon name="check" size={14} className={e.checked ? "text-accent" : "invisible"} /> : e.icon ? <Icon name={e.icon} size={14} className="text-soft" /> : null}
            <span className="flex-1 truncate">{e.label}</span>
            {e.note && <span className="pl-3 text-sm text-faint">{e.note}</span>}
          </button>
        ),
      )}
    </div>,
    document.body,
  );
}

interface ButtonProps {
  entries: readonly Entry[] | (() => readonly Entry[]);
  label: string;
  children: ReactNode;
  className?: string;
  disabled?: boolean;
}

/** MenuButton opens a menu below itself. */
export function MenuButton({ entries, label, children, className = "control", disabled = false }: ButtonProps) {
  const [at, setAt] = useState<Point>();
  const ref = useRef<HTMLButtonElement>(null);
  const closedAt = useRef(0);
  useEffect(() => {
    if (disabled) setAt(undefined);
  }, [disabled]);
  return (
    <>
      <button
        ref={ref} type="button" className={className} disabled={disabled} aria-haspopup="menu" aria-expanded={at !== undefined} aria-label={label} title={label}
        onClick={() => {
          // A click on the button of an open menu has just closed it.
          if (performance.now() - closedAt.current > 200) setAt(pointBelow(ref.current!));
        }}
      >
        {children}
      </button>
      {at && (
        <MenuAt
          at={at} label={label} entries={typeof entries === "function" ? entries() : entries}
          onClose={() => {
            closedAt.current = performance.now();
            setAt(undefined);
          }}
        />
      )}
    </>
  );
}
