// How the list of rules is filtered and sorted.

import type { Level, Rule } from "../api/types";
import { levels } from "../api/types";

/** meets reports whether a rule has a text in what a person reads of it. */
export function meets(r: Rule, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [r.name, r.id, r.path, r.format, r.description ?? "", ...r.techniques, ...r.tactics].join("\n").toLowerCase();
  return words.every((w) => all.includes(w));
}

/** state says in a word whether hosts use a rule. */
export function state(r: Rule, groups: number): "on" | "off" | "partly off" {
  if (r.disabled_in.length === 0) return "on";
  return r.disabled_in.length >= groups ? "off" : "partly off";
}

const rank = (l: Level) => levels.indexOf(l);

const orders: Record<string, (a: Rule, b: Rule) => number> = {
  level: (a, b) => rank(b.level) - rank(a.level),
  name: (a, b) => a.name.localeCompare(b.name),
  source: (a, b) => a.source.localeCompare(b.source),
  findings: (a, b) => a.findings - b.findings,
  alerts: (a, b) => a.open_alerts - b.open_alerts,
  last: (a, b) => Date.parse(a.last_finding ?? "1970-01-01") - Date.parse(b.last_finding ?? "1970-01-01"),
  cost: (a, b) => (a.cost?.nanoseconds ?? -1) - (b.cost?.nanoseconds ?? -1),
};

export function sorted(rules: readonly Rule[], sort: string): Rule[] {
  const down = sort.startsWith("-");
  const order = orders[down ? sort.slice(1) : sort] ?? orders["name"]!;
  return [...rules].sort((a, b) => (down ? order(b, a) : order(a, b)) || orders["name"]!(a, b));
}

/** nanoseconds writes what a rule costs for one event. */
export function nanoseconds(n: number): string {
  if (n < 1000) return `${Math.max(1, Math.round(n))} ns`;
  return n < 1e6 ? `${(n / 1000).toFixed(n < 10_000 ? 1 : 0)} µs` : `${(n / 1e6).toFixed(1)} ms`;
}
