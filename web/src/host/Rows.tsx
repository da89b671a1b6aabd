// What sees what on a host: each row of the telemetry exam with the sources in
// use, and below in sentences what better sources lack and what is not seen.

import type { Host } from "../api/types";
import { counted, exact } from "../parts/number";
import { Section } from "../parts/Panel";
import { When } from "../parts/When";
import { lacks, sight } from "./sights";

const headings = ["Row", "Source in use", "Since", "Events", "Lost", "Better, not here"];

/** Rows is the table of the rows. */
export function Rows({ host: h }: { host: Host }) {
  const rows = (h.rows ?? []).map((r) => sight(r, h.sensors));
  const blind = rows.filter((r) => r.sources.length === 0);
  return (
    <Section
      title="Telemetry" note="what sees each row of the exam"
      action={rows.length > 0 && <span className={`text-sm ${blind.length > 0 ? "text-bad" : "text-good"}`}>{rows.length - blind.length} of {rows.length} rows seen</span>}
    >
      {rows.length === 0 ? <p className="text-soft">The agent tells it within a minute after it connects.</p> : (
        <div className="overflow-x-auto">
          <table className="w-full">
            <thead className="text-left text-sm text-soft">
              <tr>{headings.map((t) => <th key={t} className={`pr-3 align-bottom font-medium ${t === "Events" || t === "Lost" ? "text-right" : ""}`}>{t}</th>)}</tr>
            </thead>
            <tbody>
              {rows.map((r) => (
                <tr key={r.name} className="h-7 border-t border-line align-baseline">
                  <td className="pr-3">{r.name}</td>
                  <td className={`pr-3 ${r.sources.length > 0 ? "font-mono" : "text-bad"}`}>{r.sources.join(" ") || "none works"}</td>
                  <td className="pr-3 whitespace-nowrap text-soft">{r.since ? <When at={r.since} /> : "–"}</td>
                  <td className="tnum pr-3 text-right">{exact(r.events)}</td>
                  <td className={`tnum pr-3 text-right ${r.lost > 0 ? "text-warn" : "text-soft"}`}>{exact(r.lost)}</td>
                  <td className="font-mono text-soft">{r.better.join(" ") || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

/** Lacks says what better sources lack here, and what those in use do not see. */
export function Lacks({ host: h }: { host: Host }) {
  const all = lacks(h.sensors);
  if (all.length === 0) return null;
  return (
    <details className="mt-2">
      <summary className="text-sm text-accent">What this host lacks, and what is not seen ({counted(all.length, "remark")})</summary>
      <dl className="mt-1 grid grid-cols-[minmax(8rem,auto)_1fr] gap-x-4 gap-y-1">
        {all.map((l) => [
          <dt key={l.source} className="font-mono">{l.source}</dt>,
          <dd key={`${l.source} text`} className="min-w-0 text-soft [overflow-wrap:anywhere]">{l.text}</dd>,
        ])}
      </dl>
    </details>
  );
}
