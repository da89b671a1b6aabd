// Kill or suspend: first what would happen, then the task and its result.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { get, Problem } from "../api/client";
import { giveTask, renewAlerts } from "../api/queries";
import type { TaskAnswer, TaskPreview } from "../api/types";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { counted } from "../parts/number";
import { Facts } from "../parts/Panel";
import { Failed, reason as said, Skeleton } from "../parts/state";
import { When } from "../parts/When";

type Task = NonNullable<TaskAnswer["task"]>;

export interface Target {
  alert_id?: string;
  event_id?: string;
  entity_id?: string;
}

const over = (t: Task) => ["done", "failed", "refused", "expired"].includes(t.status);

export function TaskDialog({ action, target, onClose }: { action: "kill" | "suspend"; target: Target; onClose(): void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [task, setTask] = useState<Task>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const go = useRef<HTMLButtonElement>(null);
  const preview = useQuery({
    queryKey: ["task preview", action, target],
    queryFn: () => giveTask({ action, ...target, preview: true }),
    staleTime: 0, gcTime: 0, placeholderData: undefined,
  });
  const done = useQuery({
    queryKey: ["task", task?.id],
    queryFn: () => get<Task>(`/tasks/${task!.id}`),
    enabled: task !== undefined && !over(task),
    refetchInterval: (q) => (q.state.data && over(q.state.data) ? false : 1000), // while a person waits for it
    placeholderData: undefined,
  });
  const now = done.data ?? task;
  const finished = now !== undefined && over(now);
  useEffect(() => {
    if (finished) renewAlerts(client);
  }, [finished, client]);
  const give = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const a = await giveTask({ action, ...target, ...(reason.trim() ? { reason: reason.trim() } : {}) });
      setTask(a.task);
      renewAlerts(client);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  const p = preview.data?.preview;
  const verb = action === "kill" ? "Kill" : "Suspend";
  return (
    <Dialog
      title={`${verb} a process`} onClose={onClose}
      footer={
        <>
          <button type="button" className="control" onClick={onClose}>{now ? "Done" : "Cancel"}</button>
          {!now && <button ref={go} type="button" className="control danger" disabled={busy || !p?.allowed} onClick={() => void give()}>{busy ? "Asking the host" : `${verb} ${p?.process ?? ""} (${p?.pid ?? "…"})`}</button>}
        </>
      }
    >
      {preview.error ? <Failed small what="What would happen cannot be told" error={preview.error} retry={() => void preview.refetch()} /> : !p ? <Waiting /> : <Preview p={p} />}
      {p && !now && (
        <>
          <label htmlFor="task-reason" className="mt-3 mb-1 block text-soft">Reason, for the audit log</label>
          <input id="task-reason" className="control w-full" value={reason} maxLength={1000} onChange={(e) => setReason(e.target.value)} />
        </>
      )}
      {error !== undefined && <p role="alert" className="mt-3 text-bad">{error instanceof Problem ? error.message : said(error)}</p>}
      {now && <Result task={now} />}
    </Dialog>
  );
}

function Waiting() {
  return <div role="status" aria-label="Loading" className="flex flex-col gap-2"><Skeleton className="h-5" /><Skeleton className="h-4 w-2/3" /><Skeleton className="h-4 w-1/2" /></div>;
}

function Preview({ p }: { p: TaskPreview }) {
  return (
    <div data-preview>
      <p className="mb-3 text-lg">{p.sentence.split("`").map((x, i) => (i % 2 ? <code key={i} className="rounded-sm bg-raised px-1">{x}</code> : x))}</p>
      <Facts
        rows={[
          ["Command line", <span key="c" className="font-mono break-all">{p.command_line || p.process}</span>],
          ["User", p.user || "–"],
          ["Started", <When key="s" at={p.start} form="stamp" />],
          ...(p.ended ? [["Ended", <When key="e" at={p.ended} form="stamp" />] as [string, React.ReactNode]] : []),
          ["Host", <span key="h">{p.host_name} <span className={p.host_status === "online" ? "text-good" : "text-bad"}>{p.host_status}</span></span>],
          ["Goes on", p.children.length === 0 ? "No child processes are known" : `${counted(p.children.length, "child process", "child processes")}: ${p.children.slice(0, 8).map((c) => `${c.name} (${c.pid})`).join(", ")}`],
          ["Undo", p.undo.charAt(0).toUpperCase() + p.undo.slice(1)],
        ]}
      />
      {p.warnings.length > 0 && (
        <ul className="mt-3 flex flex-col gap-1" aria-label="Warnings">
          {p.warnings.map((w) => <li key={w} className={`flex gap-2 ${p.allowed ? "text-warn" : "text-bad"}`}><Icon name="alerts" size={14} className="mt-[3px]" />{w}</li>)}
        </ul>
      )}
    </div>
  );
}

function Result({ task: t }: { task: Task }) {
  const ink = t.status === "done" ? "text-good" : over(t) ? "text-bad" : "text-soft";
  return (
    <div role="status" className="mt-4 rounded border border-line bg-canvas p-3" data-result={t.status}>
      <p className={`font-medium ${ink}`}>
        {{ queued: "Waiting for the host", sent: "The host has the task", done: "Done", failed: "Failed", refused: "Refused by the host", expired: "Expired: the host did not take it in time" }[t.status]}
      </p>
      {t.result && <p className="text-soft">{t.result}</p>}
      {!over(t) && <p className="text-sm text-faint">The task is good until <When at={t.expires} form="clock" />. It goes on when you close this.</p>}
    </div>
  );
}
