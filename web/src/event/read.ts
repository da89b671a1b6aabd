// Reading events: nested ECS objects by the dotted name of a field.

import type { Event } from "../api/types";

/** read returns a field's value as the manager sent it. */
export function read(e: Event | undefined | null, name: string): unknown {
  let at: unknown = e;
  for (const part of name.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

/** text returns a field as text; the empty text when it is absent. */
export function text(e: Event | undefined | null, name: string): string {
  return say(read(e, name));
}

/** list returns a field that is a list of strings. */
export function list(e: Event | undefined | null, name: string): string[] {
  const v = read(e, name);
  return Array.isArray(v) ? v.map(String) : v === undefined || v === null ? [] : [String(v)];
}

function say(v: unknown): string {
  if (v === undefined || v === null) return "";
  if (Array.isArray(v)) return v.map(String).join(" ");
  return typeof v === "object" ? JSON.stringify(v) : String(v);
}

/** flat lists every field with its value, in the order of the event. */
export function flat(e: Event): { name: string; values: string[] }[] {
  const out: { name: string; values: string[] }[] = [];
  const walk = (prefix: string, v: unknown) => {
    if (Array.isArray(v)) out.push({ name: prefix, values: v.map(String) });
    else if (typeof v === "object" && v !== null) for (const [k, x] of Object.entries(v)) walk(prefix ? `${prefix}.${k}` : k, x);
    else if (v !== undefined && v !== null) out.push({ name: prefix, values: [String(v)] });
  };
  walk("", e);
  return out;
}

/** endpoint writes an address and a port. */
export function endpoint(ip: string, port: string): string {
  if (ip === "") return port === "" ? "" : `:${port}`;
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return port === "" ? host : `${host}:${port}`;
}

/** summary says what an event is about, in one line. */
export function summary(e: Event): string {
  const t = (name: string) => text(e, name);
  const kind = t("event.action");
  switch (kind) {
    case "process_start":
      return t("process.command_line") || t("process.executable");
    case "process_end":
      return t("process.exit_code") === "" ? t("process.name") : `${t("process.name")} ended with ${t("process.exit_code")}`;
    case "process_fork":
      return t("process.name") || t("process.executable");
    case "file_rename":
      return `${t("file.original_path")} → ${t("file.path")}`;
    case "file_chmod":
      return `${t("file.path")} ${t("file.previous_mode")} → ${t("file.mode")}`;
    case "file_chown":
      return `${t("file.path")} ${t("file.previous_uid")}:${t("file.previous_gid")} → ${t("file.uid")}:${t("file.gid")}`;
    case "file_xattr":
      return `${t("file.path")} ${t("file.xattr.name")}`;
    case "net_connect":
      return `→ ${endpoint(t("destination.domain") || t("destination.ip"), t("destination.port"))} ${t("network.transport")}`;
    case "net_accept":
      return `← ${endpoint(t("source.ip"), t("source.port"))} ${t("network.transport")}`;
    case "net_listen":
      return `listens on ${endpoint(t("source.ip") || t("destination.ip"), t("source.port") || t("destination.port"))}`;
    case "finding_raise":
      return t("rule.name");
    case "response_run":
      return `${t("response.action")} ${t("response.target.pid")}: ${t("response.result")}. ${t("response.reason")}`;
    case "agent_loss":
      return `${t("agent.loss.count") || "?"} ${t("agent.loss.action") || "events"} ${t("agent.loss.state")} at ${t("agent.loss.stage")}: ${t("agent.loss.reason")}`;
    case "agent_sensor":
      return `${t("agent.sensor.name")}: ${t("agent.sensor.rung") || "none works"}. ${t("agent.sensor.reason")}`;
    case "log_record":
      return t("message");
  }
  return t("file.path") || t("message") || t("process.command_line");
}

/** id is the event's identity. */
export const id = (e: Event) => text(e, "event.id");

/** at is when it happened. */
export const at = (e: Event) => new Date(text(e, "@timestamp"));

/** mono reports whether a field's values are set in the monospaced face. */
export function mono(field: string): boolean {
  return /path|command|args|executable|hash|\.ip$|directory|_id$|\.id$|script|mode|capabilities|cgroup|name$/.test(field);
}
