import { expect, test } from "vitest";
import { bytes, counted, exact, short } from "./number";

test.each([[0, "0"], [0.25, "0.3"], [999, "999"], [1000, "1.0k"], [12_345, "12k"], [999_999, "1.0M"], [2.5e6, "2.5M"], [-5, "-5"]])("short %d", (n, want) => expect(short(n)).toBe(want));
test.each([[0, "0 B"], [999, "999 B"], [1500, "1.5 kB"], [78_000_000, "78 MB"], [3.2e12, "3.2 TB"]])("bytes %d", (n, want) => expect(bytes(n)).toBe(want));
test("exact", () => expect(exact(1234567)).toBe("1,234,567"));
test("counted", () => expect([counted(1, "host"), counted(2, "host"), counted(0, "entry", "entries")]).toEqual(["1 host", "2 hosts", "0 entries"]));
