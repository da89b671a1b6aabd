// The values that made a rule match, and the rule with those values marked.

import { useMemo, type ReactNode } from "react";
import { list } from "../event/read";
import type { AlertDetail } from "../api/types";
import { Value } from "../parts/Value";

/** Why lists the matched fields, the part that the rule names marked in the value. */
export function Why({ alert: a }: { alert: AlertDetail }) {
  const words = useMemo(() => literals(a.rule_text ?? ""), [a.rule_text]);
  const res = useMemo(() => patterns(a.rule_text ?? ""), [a.rule_text]);
  const matched = a.matched.length > 0 ? a.matched : list(a.finding, "finding.matched.field").map((field, i) => ({ field, value: list(a.finding, "finding.matched.value")[i] ?? "" }));
  if (matched.length === 0) return <p className="text-soft">The finding does not say which fields matched.</p>;
  return (
    <dl className="grid grid-cols-[minmax(120px,auto)_1fr] gap-x-4 gap-y-1">
      {matched.map((m, i) => (
        <div key={i} className="contents" data-matched={m.field}>
          <dt className="font-mono text-soft">{m.field}</dt>
          <dd className="min-w-0"><Value field={m.field} value={m.value} className="font-mono break-all whitespace-pre-wrap"><Marked text={m.value} words={words} res={res} /></Value></dd>
        </div>
      ))}
    </dl>
  );
}

/** patterns collects the regular expressions of a rule: values of fields with the modifier re. */
export function patterns(rule: string): RegExp[] {
  const out: RegExp[] = [];
  let re = false;
  for (const line of rule.split("\n")) {
    const key = /^\s*(?:-\s*)?([\w.|@-]+)\s*:\s*(.*)$/.exec(line);
    const item = /^\s*-\s+(.*)$/.exec(line);
    if (key) re = /\|re(\||$)/.test(key[1]!);
    const raw = (key ? key[2] : item?.[1])?.trim() ?? "";
    if (!re || raw === "") continue;
    const q = raw[0];
    const text = q === "'" ? raw.slice(1, -1).replaceAll("''", "'") : q === '"' ? raw.slice(1, -1).replace(/\\(.)/g, "$1") : raw;
    try {
      out.push(new RegExp(text.replace(/^\(\?[a-z]+\)/, ""), "gi"));
    } catch {
      // the browser's syntax differs: the whole value is marked
    }
  }
  return out;
}

const longest = 4000; // characters in which patterns are looked for

/** literals collects the texts that a rule compares with: list items and values, without wildcards. */
export function literals(rule: string): string[] {
  const out = new Set<string>();
  const detection = /^detection:\s*\n((?:[ \t]+.*\n?|\s*\n)*)/m.exec(rule)?.[1] ?? rule;
  for (const line of detection.split("\n")) {
    if (/^\s*condition\s*:/.test(line)) continue;
    const m = /^\s*(?:-\s*)?(?:[\w.|@-]+\s*:\s*)?(.+?)\s*$/.exec(line);
    let v = m?.[1] ?? "";
    if (/^[\w.|@-]+:$/.test(v) || v.startsWith("#")) continue;
    const inside = v.startsWith("[") ? v.replace(/^\[|\]$/g, "").split(",") : [v];
    for (const item of inside.map((x) => x.trim().replace(/^(['"])(.*)\1$/, "$2"))) {
      for (const part of item.split(/[*]+/)) if (part.trim().length >= 2) out.add(part);
    }
  }
  return [...out].sort((a, b) => b.length - a.length).slice(0, 200);
}

export interface Piece {
  text: string;
  marked: boolean;
}

/** mark cuts a text where one of the words stands in it; case does not matter. */
export function mark(text: string, words: readonly string[], res: readonly RegExp[] = []): Piece[] {
  const low = text.toLowerCase();
  const flags = new Uint8Array(text.length);
  if (low.length === text.length) {
    for (const w of words) {
      const x = w.toLowerCase();
      for (let i = low.indexOf(x); i >= 0; i = low.indexOf(x, i + 1)) flags.fill(1, i, i + x.length);
    }
  }
  if (text.length <= longest) for (const re of res) for (const m of text.matchAll(re)) flags.fill(1, m.index, m.index + m[0].length);
  const out: Piece[] = [];
  for (let i = 0; i < text.length; i++) {
    const marked = flags[i] === 1;
    const last = out[out.length - 1];
    if (last && last.marked === marked) last.text += text[i];
    else out.push({ text: text[i]!, marked });
  }
  return out;
}

function Marked({ text, words, res }: { text: string; words: readonly string[]; res: readonly RegExp[] }) {
  const pieces = mark(text, words, res);
  const any = pieces.some((p) => p.marked);
  // When no literal is found in it (a number, a regular expression), all of it matched.
  return <>{pieces.map((p, i): ReactNode => (p.marked || !any ? <mark key={i} className="rounded-sm bg-mark px-px text-ink">{p.text}</mark> : <span key={i}>{p.text}</span>))}</>;
}

/** RuleText shows the rule, lines that hold a matched value marked. */
export function RuleText({ text, values }: { text: string; values: readonly string[] }) {
  const low = values.map((v) => v.toLowerCase());
  const hit = (line: string) => literals(`detection:\n  x:\n${line.startsWith(" ") ? line : ` ${line}`}\n`).some((w) => w.length >= 2 && low.some((v) => v.includes(w.toLowerCase())));
  let inside = false;
  return (
    <pre className="max-h-80 overflow-auto rounded border border-line bg-canvas p-2 leading-[18px]">
      {text.trimEnd().split("\n").map((line, i) => {
        if (/^\S/.test(line)) inside = /^detection:/.test(line);
        const marked = inside && /^\s+(-|[\w|.]+:\s*\S)/.test(line) && !/^\s*condition:/.test(line) && hit(line);
        return <div key={i} className={marked ? "bg-mark text-ink" : "text-soft"}>{line || " "}</div>;
      })}
    </pre>
  );
}
