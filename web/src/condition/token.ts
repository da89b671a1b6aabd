// Tokens of the condition language as the search box needs them: for
// colouring, and to know what may follow. The manager's parser decides what is
// valid; this one accepts half-typed text.

export type TokenKind = "field" | "operator" | "value" | "join" | "bracket" | "space";

export interface Token {
  kind: TokenKind;
  text: string;
  from: number;
  to: number;
  unclosed?: boolean; // a quoted text without its end
}

/** Due is what the grammar expects next. */
export type Due = "field" | "operator" | "value" | "listEnd" | "join";

export interface Scan {
  tokens: Token[];
  due: Due; // after the last token
  field: string; // of the predicate that is being written
  depth: number; // of open parentheses
}

/** operators in the order in which completion offers them */
export const operators = [
  "=", "!=", "contains", "startswith", "endswith", "in", "not in", "like", "matches", "cidr", "exists", ">", "<", ">=", "<=",
] as const;

const words = new Set(["contains", "startswith", "endswith", "in", "like", "matches", "cidr", "exists"]);
const modifiers = new Set(["cased", "text", "field"]);

/** scan splits a text; the tokens joined are the text again. */
export function scan(text: string): Scan {
  const s: Scan = { tokens: [], due: "field", field: "", depth: 0 };
  let list = false;
  for (let i = 0; i < text.length; ) {
    const c = text[i]!;
    const push = (kind: TokenKind, to: number, unclosed = false) => {
      s.tokens.push({ kind, text: text.slice(i, to), from: i, to, ...(unclosed ? { unclosed } : {}) });
      i = to;
    };
    if (/\s/.test(c)) {
      push("space", end(text, i, /\s/));
    } else if (c === "'" || c === '"' || c === "`") {
      const [to, closed] = quoted(text, i);
      if (c === "`") {
        s.field = unquote(text.slice(i, to));
        push("field", to, !closed);
        s.due = "operator";
      } else {
        push("value", to, !closed);
        s.due = list ? "listEnd" : "join";
      }
    } else if (c === "(") {
      push("bracket", i + 1);
      if (s.due === "value") list = true;
      else s.due = "field";
      s.depth++;
    } else if (c === ")") {
      push("bracket", i + 1);
      s.depth = Math.max(0, s.depth - 1);
      list = false;
      s.due = "join";
    } else if (c === ",") {
      push("bracket", i + 1);
      s.due = "value";
    } else if (/[=!<>]/.test(c)) {
      push("operator", end(text, i, /[=!<>]/));
      s.due = "value";
    } else {
      const to = end(text, i, /[^\s()'"`,=!<>]/);
      word(s, list, text.slice(i, to), (kind) => push(kind, to));
    }
  }
  return s;
}

function word(s: Scan, list: boolean, text: string, push: (kind: TokenKind) => void): void {
  const w = text.toLowerCase();
  if (s.due === "value") {
    if (modifiers.has(w)) return push("operator");
    push("value");
    s.due = list ? "listEnd" : "join";
  } else if (s.due === "operator") {
    push("operator");
    if (w === "exists") s.due = "join";
    else if (words.has(w)) s.due = "value";
  } else if (s.due === "join" || s.due === "listEnd") {
    push("join");
    if (w === "and" || w === "or") s.due = "field";
  } else if (w === "not" || w === "true" || w === "false") {
    push("join");
    if (w !== "not") s.due = "join";
  } else {
    s.field = text;
    push("field");
    s.due = "operator";
  }
}

function end(text: string, i: number, set: RegExp): number {
  while (i < text.length && set.test(text[i]!)) i++;
  return i;
}

/** quoted finds the end of a text in quotes; the quote itself is written twice. */
function quoted(text: string, i: number): [number, boolean] {
  const q = text[i];
  for (let j = i + 1; j < text.length; j++) {
    if (text[j] !== q) continue;
    if (text[j + 1] === q) j++;
    else return [j + 1, true];
  }
  return [text.length, false];
}

/** quote writes a value so that the language reads the same value back. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** unquote reads a value token, also one without its end. */
export function unquote(text: string): string {
  const q = text[0];
  if (q !== "'" && q !== '"' && q !== "`") return text;
  const [to, closed] = quoted(text, 0);
  return text.slice(1, closed ? to - 1 : to).replaceAll(q + q, q);
}

/** joined adds a predicate to a condition with `and`. */
export function joined(condition: string, predicate: string): string {
  const c = condition.trim();
  if (c === "") return predicate;
  const { tokens } = scan(c);
  return tokens.some((t) => t.kind === "join" && t.text.toLowerCase() === "or") ? `(${c}) and ${predicate}` : `${c} and ${predicate}`;
}

/** predicate compares a field with a value. */
export function predicate(field: string, operator: "=" | "!=", value: string): string {
  return `${field} ${operator} ${quote(value)}`;
}
