// Shortcuts: single keys and two in a row, such as `g a`. They rest while a
// person types and while a dialog or menu is open.

import { useEffect, useRef } from "react";

export type Handlers = Record<string, (e: KeyboardEvent) => void>;

/** shortcuts is what the help shows. */
export const shortcuts: readonly { group: string; keys: readonly [string, string][] }[] = [
  {
    group: "Go to",
    keys: [["g o", "Overview"], ["g a", "Alerts"], ["g h", "Hosts"], ["g s", "Search"], ["g l", "Live tail"], ["g r", "Rules"], ["g i", "Indicators"], ["g ,", "Settings"]],
  },
  {
    group: "Anywhere",
    keys: [["/", "Write a condition"], ["p", "Pause or go on"], ["r", "Refresh"], ["Esc", "Close, or leave a field"], ["?", "This help"]],
  },
  {
    group: "Lists",
    keys: [["j  k", "Down, up"], ["Enter", "Open"], ["x", "Select"], ["Shift x", "Select up to here"]],
  },
  {
    group: "Alerts",
    keys: [["e", "Acknowledge"], ["a", "Assign to me"], ["c", "Close"], ["n", "Write a note"]],
  },
  {
    group: "Process tree",
    keys: [["← ↑ → ↓", "Walk"], ["Space", "Fold or unfold"], ["Enter", "Open the process"]],
  },
];

const pause = 900; // milliseconds between the keys of a sequence

const stack: Handlers[] = [];
let pending = "";
let pendingAt = 0;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function onKeyDown(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
  if (document.querySelector("dialog[open]") || document.querySelector(":popover-open")) return;
  if (e.key === "Enter" && e.target instanceof HTMLElement && /^(BUTTON|A)$/.test(e.target.tagName)) return;
  const key = e.key.length === 1 && e.shiftKey && /[a-z]/i.test(e.key) ? `Shift ${e.key.toLowerCase()}` : e.key;
  const pair = pending !== "" && e.timeStamp - pendingAt < pause ? `${pending} ${key}` : "";
  pending = "";
  for (const name of pair ? [pair, key] : [key]) {
    for (let i = stack.length - 1; i >= 0; i--) {
      const handler = stack[i]![name];
      if (handler) {
        e.preventDefault();
        handler(e);
        return;
      }
    }
  }
  if (stack.some((h) => Object.keys(h).some((k) => k.startsWith(`${key} `)))) {
    pending = key;
    pendingAt = e.timeStamp;
  }
}

/** useKeys listens while the component is there; the newest listener comes first. */
export function useKeys(handlers: Handlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  const names = Object.keys(handlers).join("\n");
  useEffect(() => {
    const mine: Handlers = {};
    for (const name of names.split("\n")) if (name) mine[name] = (e) => latest.current[name]?.(e);
    if (stack.length === 0) window.addEventListener("keydown", onKeyDown);
    stack.push(mine);
    return () => {
      stack.splice(stack.indexOf(mine), 1);
      if (stack.length === 0) window.removeEventListener("keydown", onKeyDown);
    };
  }, [names]);
}
