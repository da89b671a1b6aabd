import { useState } from "react";
import { Dialog } from "../parts/Dialog";
import { counted } from "../parts/number";

/** CloseDialog asks why alerts are closed; an alert is never closed without a reason. */
export function CloseDialog({ count, reasons, onClose, onCancel }: { count: number; reasons: readonly string[]; onClose(reason: string): void; onCancel(): void }) {
  const [chosen, setChosen] = useState(reasons[0]!);
  const [text, setText] = useState("");
  const reason = [chosen, text.trim()].filter(Boolean).join(". ");
  return (
    <Dialog
      title={`Close ${counted(count, "alert")}`} onClose={onCancel}
      footer={<>
        <button type="button" className="control" onClick={onCancel}>Cancel</button>
        <button type="submit" form="close-alerts" className="control primary">Close</button>
      </>}
    >
      <form id="close-alerts" onSubmit={(e) => { e.preventDefault(); onClose(reason); }}>
        <fieldset>
          <legend className="mb-1 text-soft">Why?</legend>
          {reasons.map((r) => (
            <label key={r} className="flex h-7 items-center gap-2">
              <input type="radio" name="reason" checked={chosen === r} onChange={() => setChosen(r)} /> {r}
            </label>
          ))}
        </fieldset>
        <label className="mt-2 mb-1 block text-soft" htmlFor="close-note">More, for whoever reads this later</label>
        <textarea id="close-note" rows={3} maxLength={4000} className="control h-auto! w-full py-1 whitespace-pre-wrap!" value={text} onChange={(e) => setText(e.target.value)} />
      </form>
    </Dialog>
  );
}
