import { describe, expect, test } from "vitest";
import { accept, offerFields, offerOperators, offerValues, placeAt, type FieldInfo } from "./complete";
import { joined, predicate, quote, scan, unquote } from "./token";

const fields: FieldInfo[] = [
  { name: "process.name", type: "text", doc: "Base name of the executable." },
  { name: "process.pid", type: "number", doc: "Process id." },
  { name: "process.parent.name", type: "text", doc: "Base name of the parent's executable." },
  { name: "file.path", type: "text", doc: "Absolute path of the file." },
  { name: "destination.ip", type: "address", doc: "Address of the destination." },
];

describe("scan", () => {
  test.each([
    "process.name = 'curl'",
    "process.name in ('a', 'b') and not (file.path startswith /tmp or user.id=0)",
    "process.command_line matches 'x''y' or \"free text\"",
    "`odd name` exists and process.pid >= 10",
    "process.name = 'unclosed",
    "((((",
    "=''=and or",
  ])("tokens of %s joined are the text", (text) => {
    expect(scan(text).tokens.map((t) => t.text).join("")).toBe(text);
  });
  test("kinds", () => {
    const kinds = scan("not process.name in ('a', b) and file.path exists").tokens.filter((t) => t.kind !== "space").map((t) => t.kind);
    expect(kinds).toEqual(["join", "field", "operator", "bracket", "value", "bracket", "value", "bracket", "join", "field", "operator"]);
  });
  test("a quote is written twice", () => {
    expect(scan("file.path = 'it''s' and").tokens[4]!.text).toBe("'it''s'");
    expect(scan("file.path = 'it''s").tokens[4]!.unclosed).toBe(true);
  });
});

test.each(["it's", "", "''", "a\\b", "x y", "'"])("quote and unquote of %j", (v) => expect(unquote(quote(v))).toBe(v));

describe("placeAt", () => {
  test.each([
    ["", 0, "field", "", ""],
    ["proc", 4, "field", "", "proc"],
    ["process.name ", 13, "operator", "process.name", ""],
    ["process.name con", 16, "operator", "process.name", "con"],
    ["process.name = ", 15, "value", "process.name", ""],
    ["process.name = cu", 17, "value", "process.name", "cu"],
    ["process.name = 'cu", 18, "value", "process.name", "cu"],
    ["process.name = 'cu'", 18, "value", "process.name", "cu"],
    ["process.name = 'curl' ", 22, "join", "process.name", ""],
    ["process.name = 'curl' a", 23, "join", "process.name", "a"],
    ["process.name = 'curl' and ", 26, "field", "process.name", ""],
    ["process.name in (", 17, "value", "process.name", ""],
    ["process.name in ('a', ", 22, "value", "process.name", ""],
    ["process.name in ('a', 'b') and f", 32, "field", "process.name", "f"],
    ["(", 1, "field", "", ""],
    ["not ", 4, "field", "", ""],
  ])("%j at %d", (text, cursor, due, field, prefix) => {
    const p = placeAt(text, cursor);
    expect({ due: p.due, field: p.field, prefix: p.prefix }).toEqual({ due, field, prefix });
  });
});

describe("offers", () => {
  test("a field is found by its last part", () => {
    expect(offerFields(fields, "name").map((o) => o.text)).toEqual(["process.name", "process.parent.name"]);
  });
  test("a field is found by what it means", () => {
    expect(offerFields(fields, "address").map((o) => o.text)).toEqual(["destination.ip"]);
  });
  test("operators follow the type", () => {
    expect(offerOperators("number", "").map((o) => o.text)).toContain(">=");
    expect(offerOperators("text", "").map((o) => o.text)).not.toContain(">=");
    expect(offerOperators("address", "c").map((o) => o.text)).toEqual(["cidr"]);
    expect(offerOperators("text", "n").map((o) => o.text)).toEqual(["not in"]);
  });
  test("values: those that begin so come first, then by count", () => {
    const vs = [{ value: "xcurl", count: 9 }, { value: "curl", count: 1 }, { value: "curlie", count: 5 }, { value: "wget", count: 50 }];
    expect(offerValues(vs, "CUR").map((o) => o.text)).toEqual(["curlie", "curl", "xcurl"]);
  });
});

describe("accept", () => {
  test.each([
    ["proc", 4, { kind: "field", text: "process.name", insert: "process.name " }, "process.name ", 13],
    ["process.name = cu", 17, { kind: "value", text: "curl", insert: "'curl' " }, "process.name = 'curl' ", 22],
    ["process.name = 'cu'", 18, { kind: "value", text: "curl", insert: "'curl' " }, "process.name = 'curl' ", 22],
    ["process.name in ('cu)", 20, { kind: "value", text: "curl", insert: "'curl' " }, "process.name in ('curl' ", 24],
  ] as const)("%j", (text, cursor, offer, want, at) => {
    expect(accept(text, placeAt(text, cursor), { ...offer })).toEqual({ text: want, cursor: at });
  });
});

test("joined keeps the meaning of or", () => {
  const p = predicate("host.name", "!=", "web'1");
  expect(p).toBe("host.name != 'web''1'");
  expect(joined("", p)).toBe(p);
  expect(joined("a = 1", p)).toBe(`a = 1 and ${p}`);
  expect(joined("a = 1 or b = 2", p)).toBe(`(a = 1 or b = 2) and ${p}`);
});
