import { describe, expect, test } from "vitest";
import { ago, amount, around, between, bucket, label, readRange, resolve, spanOf, standardRange } from "./range";

const now = new Date("2026-11-21T09:00:00Z");

describe("readRange", () => {
  test.each([
    ["24h", undefined, { from: "24h" }],
    ["7d", "2026-11-21T00:00:00Z", { from: "7d" }],
    ["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" }],
    ["2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z", { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" }],
    ["2026-11-20T00:00:00Z", undefined, { from: "2026-11-20T00:00:00Z" }],
    ["2026-11-20T00:00:00Z", "yesterday", { from: "2026-11-20T00:00:00Z" }],
    ["0h", undefined, standardRange],
    ["-5m", undefined, standardRange],
    ["<script>", undefined, standardRange],
    [undefined, undefined, standardRange],
    [42, null, standardRange],
  ])("%s to %s", (from, to, want) => expect(readRange(from, to)).toEqual(want));
});

test("spanOf", () => {
  expect(spanOf("15m")).toBe(900_000);
  expect(spanOf("2w")).toBe(1_209_600_000);
  expect(spanOf("15")).toBeUndefined();
  expect(spanOf("15 m")).toBeUndefined();
});

test("resolve of a moving range ends now", () => {
  const s = resolve({ from: "1h" }, now);
  expect(s.to).toEqual(now);
  expect(s.from.toISOString()).toBe("2026-11-21T08:00:00.000Z");
});

test("between orders its ends and is never empty", () => {
  const a = new Date("2026-11-21T08:00:00Z");
  expect(between(now, a)).toEqual({ from: "2026-11-21T08:00:00.000Z", to: "2026-11-21T09:00:00.000Z" });
  const r = between(a, a);
  expect(Date.parse(r.to!) - Date.parse(r.from)).toBe(1000);
});

test("around is symmetrical", () => {
  expect(around(now, 60_000)).toEqual({ from: "2026-11-21T08:59:00.000Z", to: "2026-11-21T09:01:00.000Z" });
});

test("bucket keeps the number of bars bounded", () => {
  for (const from of ["15m", "1h", "24h", "7d", "30d"]) {
    const s = resolve({ from }, now);
    const step = bucket(s, 120);
    expect((s.to.getTime() - s.from.getTime()) / 1000 / step).toBeLessThanOrEqual(120);
  }
  expect(bucket({ from: now, to: now }, 100)).toBe(1);
});

test("label", () => {
  expect(label({ from: "24h" })).toBe("Last 24 hours");
  expect(label({ from: "36h" })).toBe("Last 36h");
  expect(label({ from: "2026-11-20T10:00:00", to: "2026-11-20T11:00:00" })).toBe("2026-11-20 10:00:00 – 11:00:00");
  expect(label({ from: "2026-11-20T10:00:00", to: "2026-11-21T11:00:00" })).toBe("2026-11-20 10:00:00 – 2026-11-21 11:00:00");
});

test.each([
  [0, "now"], [4, "now"], [30, "30 s ago"], [90, "1 min ago"], [7200, "2 h ago"], [86_400, "24 h ago"], [86_400 * 3, "3 d ago"], [-60, "in 1 min"],
])("ago %d s", (s, want) => expect(ago(new Date(now.getTime() - s * 1000), now)).toBe(want));

test("amount", () => {
  expect(amount(59)).toBe("59 s");
  expect(amount(3599)).toBe("59 min");
});
