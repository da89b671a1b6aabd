import { describe, expect, test } from "vitest";
import { endpoint, flat, list, read, summary, text } from "./read";

const e = {
  "@timestamp": "2026-11-21T09:00:00Z",
  event: { action: "process_start", category: ["process"] },
  process: { name: "curl", pid: 7, exit_code: 0, command_line: "curl -s http://x", args: ["curl", "-s"] },
};

test("read walks nested objects", () => {
  expect(read(e, "process.name")).toBe("curl");
  expect(read(e, "@timestamp")).toBe("2026-11-21T09:00:00Z");
  expect(read(e, "process.name.deeper")).toBeUndefined();
  expect(read(undefined, "process.name")).toBeUndefined();
  expect(text(e, "process.exit_code")).toBe("0");
  expect(list(e, "process.args")).toEqual(["curl", "-s"]);
  expect(list(e, "file.path")).toEqual([]);
});

test("flat names every field", () => {
  expect(flat(e).map((f) => f.name)).toEqual([
    "@timestamp", "event.action", "event.category", "process.name", "process.pid", "process.exit_code", "process.command_line", "process.args",
  ]);
});

test("endpoint", () => {
  expect(endpoint("10.0.0.1", "443")).toBe("10.0.0.1:443");
  expect(endpoint("::1", "443")).toBe("[::1]:443");
  expect(endpoint("", "80")).toBe(":80");
});

describe("summary", () => {
  test.each([
    [e, "curl -s http://x"],
    [{ event: { action: "process_end" }, process: { name: "sh", exit_code: 0 } }, "sh ended with 0"],
    [{ event: { action: "file_rename" }, file: { original_path: "/a", path: "/b" } }, "/a → /b"],
    [{ event: { action: "net_connect" }, destination: { ip: "1.2.3.4", port: 443 }, network: { transport: "tcp" } }, "→ 1.2.3.4:443 tcp"],
    [{ event: { action: "file_write" }, file: { path: "/tmp/x" } }, "/tmp/x"],
    [{}, ""],
  ])("of %j", (event, want) => expect(summary(event)).toBe(want));
});
