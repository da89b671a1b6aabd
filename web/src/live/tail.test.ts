import { expect, test } from "vitest";
import type { StreamMessage } from "../api/types";
import { add, empty, notice } from "./tail";

const ev = (n: number): StreamMessage => ({ id: String(n), type: "event", event: { event: { id: `a-1-${n}` } } as never });

test("newest first, bounded, counted", () => {
  const t = add(add(empty, [ev(1), ev(2)]), [ev(3)], 2);
  expect(t.events.map((e) => (e as { event: { id: string } }).event.id)).toEqual(["a-1-3", "a-1-2"]);
  expect(t.seen).toBe(3);
});

test("what is sent again after a reconnect is shown once", () => {
  expect(add(add(empty, [ev(1)]), [ev(1), ev(2)]).seen).toBe(2);
});

test("gaps are told", () => {
  expect(notice(empty)).toBe("");
  const t = add(empty, [{ id: "9", type: "gap", lost: 1200 }]);
  expect(notice(t)).toContain("1,200 events were");
  expect(notice(add(t, [{ id: "10", type: "gap", lost: -1 }]))).toContain("More than 1,200");
  expect(notice(add(empty, [{ id: "9", type: "gap", lost: 1 }]))).toContain("1 event was");
});

test("a refused condition is told until the next is followed", () => {
  const t = add(empty, [{ id: "", type: "error", error: "at character 3: unknown field" }]);
  expect(t.error).toContain("unknown field");
  expect(add(t, [{ id: "", type: "hello" }]).error).toBe("");
});

test("nothing new is the same object", () => expect(add(empty, [])).toBe(empty));
