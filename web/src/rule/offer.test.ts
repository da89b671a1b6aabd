import { expect, test } from "vitest";
import { indicatorType } from "./offer";

test("values that can be looked up become indicators", () => {
  expect(indicatorType("process.hash.sha256", "ab")).toBe("sha256");
  expect(indicatorType("destination.ip", "203.0.113.7")).toBe("ip");
  expect(indicatorType("destination.domain", "evil.example.org")).toBe("domain");
  expect(indicatorType("file.path", "/tmp/x")).toBe("filename");
});

test("others do not", () => {
  expect(indicatorType("source.ip", "127.0.0.1")).toBeUndefined();
  expect(indicatorType("destination.domain", "localhost")).toBeUndefined();
  expect(indicatorType("user.name", "root")).toBeUndefined();
  expect(indicatorType("file.path", "/tmp/")).toBeUndefined();
});
