import { expect, test } from "vitest";
import { literals, mark } from "./Matched";

const rule = `title: Download tool
detection:
  tool:
    Image|endswith:
      - '/curl'
      - /wget
  shape:
    CommandLine|contains|all: ['-o']
    User: root
  condition: tool and shape
level: high
`;

test("literals of a rule", () => {
  const words = literals(rule);
  expect(words).toContain("/curl");
  expect(words).toContain("/wget");
  expect(words).toContain("root");
  expect(words).not.toContain("tool and shape");
  expect(words).not.toContain("high");
});

test("mark keeps the text and finds all places", () => {
  const p = mark("/usr/bin/CURL /curl x", ["/curl"]);
  expect(p.map((x) => x.text).join("")).toBe("/usr/bin/CURL /curl x");
  expect(p.filter((x) => x.marked).map((x) => x.text)).toEqual(["/CURL", "/curl"]);
  expect(mark("", ["a"])).toEqual([]);
  expect(mark("abc", [])).toEqual([{ text: "abc", marked: false }]);
});

test("words that overlap are one mark", () => {
  expect(mark("xabcdx", ["abc", "bcd"]).filter((p) => p.marked).map((p) => p.text)).toEqual(["abcd"]);
});
