// Saving the found events as JSON lines or CSV, page by page.

import { searchPage, type EventFilter } from "../api/queries";
import type { Event } from "../api/types";
import { list, summary } from "../event/read";
import type { Span } from "../time/range";

export const most = 100_000; // events in one file

/** cell writes a value for CSV. What a spreadsheet would take for a formula gets a quote before it. */
export function cell(value: string): string {
  const v = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(v) || v !== v.trim() ? `"${v.replaceAll('"', '""')}"` : v;
}

export function csvLine(e: Event, columns: readonly string[]): string {
  return columns.map((c) => cell(c === "what" ? summary(e) : list(e, c).join(" "))).join(",");
}

interface Job {
  format: "jsonl" | "csv";
  span: Span;
  filter: EventFilter;
  sort: string;
  columns: readonly string[];
  signal: AbortSignal;
  progress(n: number): void;
}

/** collect asks for all pages; `cut` says that there were more than fit. */
export async function collect(j: Job, page = searchPage): Promise<{ lines: string[]; cut: boolean }> {
  const columns = ["@timestamp", ...j.columns];
  const lines: string[] = j.format === "csv" ? [columns.map(cell).join(",")] : [];
  let count = 0;
  let cursor = "";
  for (;;) {
    const answer = await page(j.span, j.filter, j.sort, cursor, j.signal, Math.min(10_000, most - count));
    for (const e of answer.events as Event[]) lines.push(j.format === "csv" ? csvLine(e, columns) : JSON.stringify(e));
    count += answer.events.length;
    j.progress(count);
    cursor = answer.next ?? "";
    if (cursor === "" || answer.events.length === 0) return { lines, cut: false };
    if (count >= most) return { lines, cut: true };
  }
}

/** save hands the lines to the browser as a file. */
export function save(lines: readonly string[], format: "jsonl" | "csv", span: Span): void {
  const type = format === "csv" ? "text/csv" : "application/x-ndjson";
  const url = URL.createObjectURL(new Blob([lines.join("\n"), "\n"], { type }));
  const a = document.createElement("a");
  a.href = url;
  a.download = `vedette-events-${span.to.toISOString().slice(0, 19).replaceAll(":", "")}.${format}`;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
