// The form that adds indicators: one or many values at once, their types guessed.

import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Problem } from "../api/client";
import { addIOCs, renewIOCs } from "../api/queries";
import { levels, type Level } from "../api/types";
import { Dialog } from "../parts/Dialog";
import { notify } from "../parts/Notices";
import { counted } from "../parts/number";
import { word } from "../parts/Severity";
import { reason } from "../parts/state";

const spans = { never: 0, "a week": 7, "30 days": 30, "90 days": 90, "a year": 365 } as const;

export function AddIOC({ onClose }: { onClose(): void }) {
  const client = useQueryClient();
  const [values, setValues] = useState("");
  const [source, setSource] = useState("console");
  const [level, setLevel] = useState<Level>("high");
  const [expires, setExpires] = useState<keyof typeof spans>("90 days");
  const [note, setNote] = useState("");
  const [wrong, setWrong] = useState<unknown>();
  const lines = values.split("\n").map((v) => v.trim()).filter((v) => v !== "" && !v.startsWith("#"));
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const days = spans[expires];
    try {
      const done = await addIOCs(lines.map((value) => ({ value, source, level, ...(note ? { note } : {}), ...(days ? { expires: new Date(Date.now() + days * 86_400_000).toISOString() } : {}) })), note);
      notify(`Added ${counted(done.added, "indicator")}${done.replaced ? `, replaced ${done.replaced}` : ""}; connected hosts get them within seconds`);
      renewIOCs(client);
      onClose();
    } catch (x) {
      setWrong(x);
    }
  };
  return (
    <Dialog title="Add indicators" onClose={onClose}>
      <form onSubmit={(e) => void submit(e)} className="flex flex-col gap-3">
        <label className="flex flex-col gap-1 text-soft">Values, one a line
          <textarea className="control h-auto! py-2 font-mono leading-[18px]" rows={6} required spellCheck={false} placeholder={"evil[.]example[.]org\n203.0.113.7\n198.51.100.0/24"} value={values} onChange={(e) => { setValues(e.target.value); setWrong(undefined); }} />
        </label>
        <div className="flex flex-wrap gap-3">
          <label className="flex flex-col gap-1 text-soft">Source<input className="control w-36" maxLength={200} value={source} onChange={(e) => setSource(e.target.value)} /></label>
          <label className="flex flex-col gap-1 text-soft">Severity<select className="control" value={level} onChange={(e) => setLevel(e.target.value as Level)}>{levels.map((l) => <option key={l} value={l}>{word(l)}</option>)}</select></label>
          <label className="flex flex-col gap-1 text-soft">Ends<select className="control" value={expires} onChange={(e) => setExpires(e.target.value as keyof typeof spans)}>{Object.keys(spans).map((s) => <option key={s}>{s}</option>)}</select></label>
        </div>
        <label className="flex flex-col gap-1 text-soft">What is known of them<input className="control" maxLength={500} value={note} onChange={(e) => setNote(e.target.value)} /></label>
        {wrong !== undefined && <Wrong error={wrong} values={lines} />}
        <div className="flex justify-end gap-2">
          <button type="button" className="control" onClick={onClose}>Cancel</button>
          <button type="submit" className="control primary" disabled={lines.length === 0}>Add {lines.length > 1 ? counted(lines.length, "indicator") : "it"}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** Wrong names the value that refused all. */
function Wrong({ error, values }: { error: unknown; values: readonly string[] }) {
  const details = error instanceof Problem ? error.errors : [];
  const at = /add\[(\d+)\]/.exec(details[0]?.location ?? "")?.[1];
  return <p role="alert" className="break-words text-bad">Nothing was added. {at !== undefined ? <><code>{values[Number(at)]}</code>: </> : null}{reason(error)}</p>;
}
