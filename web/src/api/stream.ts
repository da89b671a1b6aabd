// The one WebSocket of the console. Everybody who wants messages subscribes;
// the topics on the wire are the union. It reconnects by itself, with growing
// pauses, and asks for what was missed.

import { prefix } from "./client";
import type { StreamMessage } from "./types";

export type Topic = "events" | "alerts" | "hosts";
export type Link = "connecting" | "open" | "lost";

export interface Subscription {
  topics: readonly Topic[];
  query?: string; // condition for events; the newest subscription with events decides
  paused?: boolean; // no events for now
  message(m: StreamMessage): void;
}

interface Socket {
  readyState: number;
  send(text: string): void;
  close(): void;
  onopen: ((e: unknown) => void) | null;
  onclose: ((e: unknown) => void) | null;
  onmessage: ((e: { data: unknown }) => void) | null;
}

const first = 500; // milliseconds before the first reconnect
const longest = 15_000;

export class Stream {
  private readonly subs = new Set<Subscription>();
  private readonly watchers = new Set<(l: Link) => void>();
  private socket: Socket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = first;
  private resume = "";
  private sent = "";
  link: Link = "lost";

  constructor(private readonly dial: (url: string) => Socket) {}

  /** subscribe takes messages until the returned function is called. */
  subscribe(s: Subscription): () => void {
    this.subs.add(s);
    this.ask();
    return () => {
      this.subs.delete(s);
      this.ask();
    };
  }

  /** watch tells about the connection. */
  watch(call: (l: Link) => void): () => void {
    this.watchers.add(call);
    return () => this.watchers.delete(call);
  }

  /** changed is called when a subscription's query or pause has changed. */
  changed(): void {
    this.ask();
  }

  private wanted(): { topics: Topic[]; query: string; paused: boolean } {
    const topics = new Set<Topic>();
    let query = "";
    let paused = false;
    for (const s of this.subs) {
      for (const t of s.topics) topics.add(t);
      if (s.topics.includes("events")) {
        query = s.query ?? "";
        paused = s.paused ?? false;
      }
    }
    return { topics: [...topics].sort(), query, paused };
  }

  private ask(): void {
    if (this.subs.size === 0) {
      this.stop();
      return;
    }
    if (!this.socket) {
      if (this.timer === undefined) this.connect();
      return;
    }
    if (this.socket.readyState !== 1) return;
    const text = JSON.stringify(this.wanted());
    if (text === this.sent) return;
    this.sent = text;
    this.socket.send(text);
  }

  private connect(): void {
    this.timer = undefined;
    this.set("connecting");
    const w = this.wanted();
    const p = new URLSearchParams({ topics: w.topics.join(",") });
    if (w.query) p.set("query", w.query);
    if (w.paused) p.set("paused", "true");
    if (this.resume) p.set("resume", this.resume);
    const socket = this.dial(`${prefix}/stream?${p.toString()}`);
    this.socket = socket;
    this.sent = JSON.stringify(w);
    socket.onopen = () => {
      this.pause = first;
      this.set("open");
      this.ask();
    };
    socket.onmessage = (e) => this.take(e.data);
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.set("lost");
      if (this.subs.size === 0) return;
      this.timer = setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(longest, this.pause * 2);
    };
  }

  private take(data: unknown): void {
    let m: StreamMessage;
    try {
      m = JSON.parse(String(data)) as StreamMessage;
    } catch {
      return; // not ours
    }
    if (m.id) this.resume = m.id;
    for (const s of [...this.subs]) s.message(m);
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.set("lost");
  }

  private set(l: Link): void {
    if (this.link === l) return;
    this.link = l;
    this.watchers.forEach((w) => w(l));
  }
}

/** stream is the console's connection. */
export const stream = new Stream((url) => {
  const u = new URL(url, location.href);
  u.protocol = u.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(u) as unknown as Socket;
});
