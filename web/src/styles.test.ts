import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

// The tokens must keep WCAG AA contrast in both themes: 4.5 for text, 3 for
// marks and lines that mean something.

const css = readFileSync(new URL("./styles.css", import.meta.url), "utf8");
const tokens = new Map([...css.matchAll(/--color-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((m) => [m[1]!, [m[2]!, m[3]!] as const]));

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x! + 0.05) / (y! + 0.05);
}

const texts = ["ink", "soft", "faint", "accent", "critical", "high", "medium", "low", "informational", "good", "warn", "bad"];
const grounds = ["canvas", "panel", "raised", "hover", "chosen"];

describe.each([["light", 0], ["dark", 1]] as const)("%s", (_, theme) => {
  const of = (name: string) => tokens.get(name)![theme];
  test.each(texts.flatMap((t) => grounds.map((g) => [t, g] as const)))("%s on %s", (t, g) => expect(contrast(of(t), of(g))).toBeGreaterThanOrEqual(4.5));
  test("ink on mark, and on the accent", () => {
    expect(contrast(of("ink"), of("mark"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of("bars"), of("panel"))).toBeGreaterThanOrEqual(3);
    expect(contrast(of("accent-ink"), of("accent"))).toBeGreaterThanOrEqual(4.5);
  });
  test.each(["line-strong"])("%s is seen on panel and canvas", (t) => {
    expect(contrast(of(t), of("panel"))).toBeGreaterThanOrEqual(3);
  });
  test("areas of charts are seen", () => {
    for (const l of ["critical", "high", "medium", "low", "informational"]) expect(contrast(of(`${l}-area`), of("panel"))).toBeGreaterThanOrEqual(3);
  });
});
