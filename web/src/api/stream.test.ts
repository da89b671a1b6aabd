import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Stream } from "./stream";

class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  closed = false;
  onopen: ((e: unknown) => void) | null = null;
  onclose: ((e: unknown) => void) | null = null;
  onmessage: ((e: { data: unknown }) => void) | null = null;
  constructor(readonly url: string) {}
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  open() {
    this.readyState = 1;
    this.onopen?.({});
  }
}

let sockets: FakeSocket[];
let s: Stream;
const newest = () => sockets[sockets.length - 1]!;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  s = new Stream((url) => {
    sockets.push(new FakeSocket(url));
    return newest();
  });
});
afterEach(() => vi.useRealTimers());

test("one socket serves all subscriptions", () => {
  const a: unknown[] = [];
  const b: unknown[] = [];
  s.subscribe({ topics: ["alerts"], message: (m) => a.push(m.type) });
  newest().open();
  const stop = s.subscribe({ topics: ["events"], query: "process.pid = 1", message: (m) => b.push(m.type) });
  expect(sockets).toHaveLength(1);
  expect(JSON.parse(newest().sent[0]!)).toEqual({ topics: ["alerts", "events"], query: "process.pid = 1", paused: false });
  newest().onmessage?.({ data: JSON.stringify({ id: "1", type: "event" }) });
  expect([a, b]).toEqual([["event"], ["event"]]);
  stop();
  expect(JSON.parse(newest().sent[1]!)).toEqual({ topics: ["alerts"], query: "", paused: false });
});

test("a lost connection comes back with the last id, later each time", () => {
  s.subscribe({ topics: ["alerts"], message: () => undefined });
  newest().open();
  newest().onmessage?.({ data: JSON.stringify({ id: "42", type: "alert" }) });
  newest().onclose?.({});
  expect(s.link).toBe("lost");
  vi.advanceTimersByTime(499);
  expect(sockets).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(newest().url).toContain("resume=42");
  newest().onclose?.({});
  vi.advanceTimersByTime(999);
  expect(sockets).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(sockets).toHaveLength(3);
});

test("without subscribers there is no connection", () => {
  const stop = s.subscribe({ topics: ["hosts"], message: () => undefined });
  newest().open();
  stop();
  expect(newest().closed).toBe(true);
  newest().onclose?.({});
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
});

test("what is not JSON is left alone", () => {
  let n = 0;
  s.subscribe({ topics: ["alerts"], message: () => n++ });
  newest().open();
  newest().onmessage?.({ data: "<html>" });
  expect(n).toBe(0);
});
