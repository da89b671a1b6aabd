import { expect, test } from "vitest";
import type { searchPage } from "../api/queries";
import { cell, collect, csvLine } from "./export";

test.each([
  ["plain", "plain"], ["a,b", '"a,b"'], ['say "x"', '"say ""x"""'], ["two\nlines", '"two\nlines"'],
  ["=HYPERLINK(1)", "'=HYPERLINK(1)"], ["@sum", "'@sum"], ["-5", "-5"], ["-rf /", "'-rf /"], ["", ""],
])("cell %j", (v, want) => expect(cell(v)).toBe(want));

test("csvLine joins lists and leaves absent fields empty", () => {
  expect(csvLine({ process: { args: ["a", "b,c"] } }, ["process.args", "file.path"])).toBe('"a b,c",');
});

const span = { from: new Date(0), to: new Date(1) };
const pages: Record<string, { events: object[]; next?: string }> = {
  "": { events: [{ a: 1 }, { a: 2 }], next: "p2" },
  p2: { events: [{ a: 3 }] },
};
const page = ((_s: unknown, _f: unknown, _o: unknown, cursor: string) => Promise.resolve(pages[cursor])) as unknown as typeof searchPage;

test("collect follows the cursor to the end", async () => {
  const seen: number[] = [];
  const job = { span, filter: {}, sort: "@timestamp", columns: ["a"], signal: new AbortController().signal, progress: (n: number) => seen.push(n) };
  expect(await collect({ ...job, format: "jsonl" }, page)).toEqual({ lines: ['{"a":1}', '{"a":2}', '{"a":3}'], cut: false });
  expect(seen).toEqual([2, 3]);
  expect((await collect({ ...job, format: "csv" }, page)).lines).toEqual(["'@timestamp,a", ",1", ",2", ",3"]);
});
