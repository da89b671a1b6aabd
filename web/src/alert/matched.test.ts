import { expect, test } from "vitest";
import { literals, mark, patterns } from "./Matched";

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

test("regular expressions of a rule are found in the value", () => {
  const res = patterns("detection:\n  x:\n    CommandLine|re:\n      - '(?i)base64\\s+-d'\n      - '(?P<bad>'\n    Image: '/x'\n");
  expect(res).toHaveLength(1);
  expect(mark("echo | base64  -d | sh", [], res).filter((p) => p.marked).map((p) => p.text)).toEqual(["base64  -d"]);
});
