// Short notices of what was done, at the bottom; read out by screen readers.

import { useSyncExternalStore } from "react";

interface Notice {
  id: number;
  text: string;
  tone: "good" | "bad";
}

let notices: readonly Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Notice[]) {
  notices = next;
  listeners.forEach((l) => l());
}

/** notify shows a notice for a few seconds; errors stay longer. */
export function notify(text: string, tone: "good" | "bad" = "good"): void {
  const n = { id: ++last, text, tone };
  change([...notices.slice(-2), n]);
  setTimeout(() => change(notices.filter((x) => x.id !== n.id)), tone === "bad" ? 12_000 : 4_000);
}

export function Notices() {
  const all = useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => listeners.delete(l);
    },
    () => notices,
  );
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed bottom-4 left-1/2 z-50 flex -translate-x-1/2 flex-col gap-1">
      {all.map((n) => (
        <div key={n.id} className={`rounded border bg-panel px-3 py-1.5 ${n.tone === "bad" ? "border-bad text-bad" : "border-line-strong"}`}>{n.text}</div>
      ))}
    </div>
  );
}
