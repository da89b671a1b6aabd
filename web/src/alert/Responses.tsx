import { useQuery } from "@tanstack/react-query";
import { tasks } from "../api/queries";
import type { AlertDetail } from "../api/types";
import { When } from "../parts/When";

const inks: Record<string, string> = { done: "text-good", failed: "text-bad", refused: "text-warn", expired: "text-warn", would: "text-soft" };

/** Responses lists what was done because of the alert, by rules and by people. */
export function Responses({ alert: a }: { alert: AlertDetail }) {
  const { data } = useQuery({ ...tasks({ alert: a.id }), placeholderData: undefined });
  const given = data?.tasks ?? [];
  const byRule = a.responses.filter((r) => !r.task_id || !given.some((t) => t.id === r.task_id));
  if (byRule.length === 0 && given.length === 0) return <p className="text-soft">Nothing has been done on the host because of this alert.</p>;
  return (
    <ul className="flex flex-col gap-1" aria-label="Responses">
      {given.map((t) => (
        <li key={t.id} className="flex flex-wrap gap-x-3" data-task={t.status}>
          <span className="w-20 text-soft"><When at={t.finished || t.created} form="clock" /></span>
          <span className="font-medium">{t.action}</span>
          <span className="font-mono">{t.process} ({t.pid})</span>
          <span className={inks[t.status] ?? "text-soft"}>{t.status}</span>
          <span className="text-soft">{t.result || (t.status === "queued" ? "waits for the host" : t.status === "sent" ? "the host has it" : "")}</span>
          <span className="text-faint">by {t.by}{t.reason && `: ${t.reason}`}</span>
        </li>
      ))}
      {byRule.map((r) => (
        <li key={r.event_id} className="flex flex-wrap gap-x-3">
          <span className="w-20 text-soft"><When at={r.at} form="clock" /></span>
          <span className="font-medium">{r.action}</span>
          <span className="font-mono">pid {r.pid}</span>
          <span className={inks[r.result] ?? "text-soft"}>{r.result === "would" ? "would have been done" : r.result}</span>
          <span className="text-soft">{r.reason}</span>
          {r.latency ? <span className="text-faint">{(r.latency / 1e6).toFixed(1)} ms after the event</span> : null}
          <span className="text-faint">by the rule{r.mode === "observe" && " (rehearsed)"}</span>
        </li>
      ))}
    </ul>
  );
}
