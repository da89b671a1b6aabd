import { useState, type FormEvent } from "react";
import type { AlertDetail, AlertEntry } from "../api/types";
import { Section } from "../parts/Panel";
import { When } from "../parts/When";
import { useMay } from "../session/gate";
import { useChange } from "./change";

export function History({ alert: a }: { alert: AlertDetail }) {
  const may = useMay("analyst");
  const change = useChange();
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (note.trim() === "") return;
    setBusy(true);
    if (await change([a.id], { note: note.trim() })) setNote("");
    setBusy(false);
  };
  return (
    <>
      <Section title="Write a note">
        <form onSubmit={(e) => void submit(e)}>
          <label htmlFor="alert-note" className="sr-only">Note</label>
          <textarea
            id="alert-note" rows={3} maxLength={16000} disabled={!may} value={note} onChange={(e) => setNote(e.target.value)} placeholder={may ? "What did you find out?" : "Needs the role analyst"}
            onKeyDown={(e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) void submit(e); if (e.key === "Escape") e.currentTarget.blur(); }}
            className="control h-auto! w-full py-1 whitespace-pre-wrap!"
          />
          <div className="mt-2 flex items-center gap-2">
            <button type="submit" className="control" disabled={!may || busy || note.trim() === ""}>Add the note</button>
            <span className="text-sm text-faint">Ctrl Enter</span>
          </div>
        </form>
      </Section>
      <Section title="History" note="newest first">
        <ol className="flex flex-col gap-2">
          {[...a.history].sort((x, y) => Date.parse(y.at) - Date.parse(x.at)).map((h, i) => (
            <li key={i} className="grid grid-cols-[150px_110px_1fr] gap-3">
              <span className="text-soft"><When at={h.at} form="stamp" /></span>
              <span className="truncate" title={h.by}>{h.by.startsWith("agent:") ? "the agent" : h.by}</span>
              <span className="min-w-0 break-words whitespace-pre-wrap">{sentence(h)}</span>
            </li>
          ))}
        </ol>
      </Section>
    </>
  );
}

function sentence(h: AlertEntry): string {
  const more = h.text ? `: ${h.text}` : "";
  switch (h.what) {
    case "created":
      return `made the alert${more}`;
    case "status":
      return `${h.to === "closed" ? "closed it" : h.to === "acknowledged" ? "acknowledged it" : "opened it again"}${more}`;
    case "assignee":
      return h.to ? `assigned it to ${h.to}` : "assigned it to nobody";
    case "note":
      return h.text ?? "";
    case "response":
      return `${h.text ?? "response"}: ${h.to === "would" ? "would have been done" : (h.to ?? "")}`;
  }
}
