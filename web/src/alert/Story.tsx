import type { ReactNode } from "react";

/** Story shows a sentence of the manager; names stand in back quotes in it. */
export function Story({ text }: { text: string }) {
  const parts = text.split("`");
  const out: ReactNode[] = parts.map((p, i) =>
    i % 2 === 1 && i < parts.length - 1 + (parts.length % 2) ? <code key={i} className="rounded-sm bg-raised px-1 break-all">{p}</code> : <span key={i}>{p}</span>,
  );
  return <p className="text-lg leading-[24px]">{out}</p>;
}
