// Completion for the condition language: what may stand where the cursor is.

import { operators, quote, scan, unquote, type Token } from "./token";

export interface FieldInfo {
  name: string;
  type: string; // text, list, number, time, address, boolean or kind
  doc: string;
}

export interface Offer {
  kind: "field" | "operator" | "value" | "join" | "recent";
  text: string; // what is shown
  insert: string; // what replaces the range
  note?: string;
}

/** Place is where in a text something may be completed. */
export interface Place {
  due: "field" | "operator" | "value" | "join";
  field: string; // of the predicate that is being written
  prefix: string; // typed so far, without quotes
  from: number; // range that an offer replaces
  to: number;
}

/** placeAt says what is due at the cursor. */
export function placeAt(text: string, cursor: number): Place {
  const all = scan(text).tokens;
  const at = all.find((t) => t.from < cursor && cursor <= t.to && typing(t, cursor));
  const head = scan(text.slice(0, at ? at.from : cursor));
  const due = head.due === "listEnd" ? "join" : head.due;
  const from = at?.from ?? cursor;
  const typed = at ? text.slice(at.from, cursor) : "";
  const prefix = due === "value" || due === "field" ? unquote(typed) : typed;
  return { due, field: head.field, prefix, from, to: at?.to ?? cursor };
}

/** typing reports whether the cursor is inside or at the end of a token that is still being written. */
function typing(t: Token, cursor: number): boolean {
  if (t.kind === "space" || t.kind === "bracket") return false;
  if (cursor < t.to) return true;
  return t.unclosed === true || !/['"`]$/.test(t.text) || t.text.length === 1;
}

const most = 12;

/** offerFields ranks fields: exact start of the name, start of a part, inside. */
export function offerFields(fields: readonly FieldInfo[], prefix: string, often: readonly string[] = []): Offer[] {
  const p = prefix.toLowerCase();
  const ranked: { f: FieldInfo; rank: number }[] = [];
  for (const f of fields) {
    const n = f.name.toLowerCase();
    let rank = -1;
    if (n.startsWith(p)) rank = 0;
    else if (n.includes(`.${p}`) || n.includes(`_${p}`)) rank = 1;
    else if (p.length > 1 && n.includes(p)) rank = 2;
    else if (p.length > 2 && f.doc.toLowerCase().includes(p)) rank = 3;
    if (rank < 0) continue;
    const usual = often.indexOf(f.name);
    ranked.push({ f, rank: rank * 1000 + (usual < 0 ? 500 : usual) });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.f.name.length - b.f.name.length || (a.f.name < b.f.name ? -1 : 1));
  return ranked.slice(0, most).map(({ f }) => ({ kind: "field", text: f.name, insert: `${f.name} `, note: f.doc }));
}

const sense: Record<string, readonly string[]> = {
  number: ["=", "!=", ">", "<", ">=", "<=", "in", "not in", "exists"],
  time: [">", "<", ">=", "<=", "=", "exists"],
  boolean: ["=", "exists"],
  address: ["=", "!=", "cidr", "in", "not in", "exists"],
};

const meaning: Record<string, string> = {
  "=": "equal, case does not matter",
  "!=": "not equal, or absent",
  contains: "has this text in it",
  startswith: "begins with",
  endswith: "ends with",
  in: "one of a list: in ('a', 'b')",
  "not in": "none of a list",
  like: "* is any text, ? one character",
  matches: "regular expression (RE2)",
  cidr: "address in a network: cidr '10.0.0.0/8'",
  exists: "the field is there",
  ">": "greater", "<": "less", ">=": "greater or equal", "<=": "less or equal",
};

/** offerOperators lists what makes sense for a field of a type. */
export function offerOperators(type: string | undefined, prefix: string): Offer[] {
  const list = (type && sense[type]) || operators.filter((o) => !/^[<>]/.test(o) && o !== "cidr");
  const p = prefix.toLowerCase();
  return list
    .filter((o) => o.startsWith(p) && o !== p)
    .map((o) => ({ kind: "operator", text: o, insert: o.endsWith("in") && o !== "contains" ? `${o} (` : `${o} `, note: meaning[o] }));
}

/** offerValues keeps the known values that hold what was typed. */
export function offerValues(values: readonly { value: string; count: number }[], prefix: string): Offer[] {
  const p = prefix.toLowerCase();
  const rank = (v: string) => (v.toLowerCase().startsWith(p) ? 0 : 1);
  return values
    .filter((v) => v.value.toLowerCase().includes(p))
    .sort((a, b) => rank(a.value) - rank(b.value) || b.count - a.count)
    .slice(0, most)
    .map((v) => ({ kind: "value", text: v.value, insert: `${quote(v.value)} `, note: v.count.toLocaleString("en") }));
}

/** offerJoins lists and, or. */
export function offerJoins(prefix: string): Offer[] {
  const p = prefix.toLowerCase();
  return ["and", "or"].filter((j) => j.startsWith(p) && j !== p).map((j) => ({ kind: "join", text: j, insert: `${j} ` }));
}

/** accept puts an offer into a text; the answer has the new cursor. */
export function accept(text: string, place: Place, offer: Offer): { text: string; cursor: number } {
  const before = text.slice(0, place.from);
  const after = text.slice(place.to).replace(/^ /, "");
  const insert = after === "" || !after.startsWith(")") ? offer.insert : offer.insert.trimEnd();
  return { text: before + insert + after, cursor: before.length + insert.length };
}
