import { describe, expect, test } from "vitest";
import { lacks, sight } from "./sights";

const sensors = [
  { name: "file", rung: "fanotify", since: "2026-01-01T00:00:00Z", events: 5, lost: 1, unseen: "order", better: [{ rung: "tp_btf", why: "no BTF", needs: "Linux 5.17" }] },
  { name: "calls", rung: "", events: 0, lost: 0, better: [{ rung: "tp_btf" }] },
  { name: "exec", rung: "tp_btf", events: 9, lost: 0 },
];

describe("sights", () => {
  test("a row has the sources of its sensors that work, and the better ones", () => {
    const row = { name: "Process Tampering", weight: 1, sensors: ["calls", "file", "gone"], sources: ["file.fanotify"], since: "2026-01-01T00:00:00Z", events: 3, lost: 1 };
    expect(sight(row, sensors)).toEqual({
      name: "Process Tampering", sources: ["file.fanotify"], better: ["calls.tp_btf", "file.tp_btf"], since: "2026-01-01T00:00:00Z", events: 3, lost: 1,
    });
  });

  test("what is lacking is said in sentences", () => {
    expect(lacks(sensors)).toEqual([
      { source: "file.tp_btf", text: "Not in use: no BTF. It needs Linux 5.17." },
      { source: "file.fanotify", text: "Does not see: order." },
      { source: "calls.tp_btf", text: "Not in use: not tried yet." },
    ]);
  });
});
