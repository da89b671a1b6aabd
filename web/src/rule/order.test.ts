import { expect, test } from "vitest";
import type { Rule } from "../api/types";
import { meets, nanoseconds, sorted, state } from "./order";

const rule = (change: Partial<Rule>): Rule => ({
  id: "id", name: "Name", format: "sigma", path: "a/b.yml", source: "shipped", level: "low", techniques: [], tactics: [], actions: [],
  alerts: 0, open_alerts: 0, findings: 0, disabled_in: [], ...change,
});

test("a text is looked for word by word", () => {
  const r = rule({ name: "Shell of a web server", techniques: ["T1505.003"] });
  expect(meets(r, "SHELL t1505")).toBe(true);
  expect(meets(r, "shell t1059")).toBe(false);
  expect(meets(r, " ")).toBe(true);
});

test("rules are sorted, the most severe last and first", () => {
  const list = [rule({ id: "1", level: "high", name: "b" }), rule({ id: "2", level: "critical", name: "c" }), rule({ id: "3", level: "high", name: "a" })];
  expect(sorted(list, "-level").map((r) => r.id)).toEqual(["2", "3", "1"]);
  expect(sorted(list, "nothing").map((r) => r.id)).toEqual(["3", "1", "2"]);
  expect(sorted([rule({ id: "1", cost: { nanoseconds: 5, events: 1, matched: 0, measured: "" } }), rule({ id: "2" })], "-cost").map((r) => r.id)).toEqual(["1", "2"]);
});

test("a rule is off only when all groups switch it off", () => {
  expect(state(rule({}), 2)).toBe("on");
  expect(state(rule({ disabled_in: ["a"] }), 2)).toBe("partly off");
  expect(state(rule({ disabled_in: ["a", "b"] }), 2)).toBe("off");
});

test("costs have a unit", () => {
  expect([0.2, 940, 1500, 25_000, 3_000_000].map(nanoseconds)).toEqual(["1 ns", "940 ns", "1.5 µs", "25 µs", "3.0 ms"]);
});
