import type { Event, Level } from "../api/types";
import { KindWord } from "../event/EventLine";
import { list, mono, summary, text } from "../event/read";
import { Middle } from "../parts/Middle";
import { SeverityMark } from "../parts/Severity";
import { Value } from "../parts/Value";
import { When } from "../parts/When";
import type { Column } from "../table/Table";

/** standard columns; "what" is the event in one line. */
export const standard = ["host.name", "event.action", "process.name", "user.name", "what"];

export function chosen(cols: string | undefined): string[] {
  const names = (cols ?? "").split(",").filter(Boolean);
  return names.length > 0 ? names : standard;
}

const widths: Record<string, string> = {
  "host.name": "minmax(90px,0.5fr)", "event.action": "124px", "process.name": "minmax(100px,0.6fr)", "user.name": "92px", what: "minmax(260px,3fr)", "process.pid": "76px",
  "destination.port": "76px", "source.port": "76px",
};

/** widthOf chooses a track by what a field holds. */
function widthOf(name: string): string {
  if (widths[name]) return widths[name];
  return /command_line|path|executable|message|args|hash/.test(name) ? "minmax(200px,2fr)" : "minmax(110px,0.8fr)";
}

export function columnsOf(names: readonly string[], dates: boolean): Column<Event>[] {
  return [
    { id: "@timestamp", title: "Time", width: dates ? "152px" : "100px", sort: "@timestamp", cell: (e) => <span className="text-soft"><When at={text(e, "@timestamp")} form={dates ? "stamp" : "millis"} /></span> },
    ...names.map((n): Column<Event> => ({
      id: n, title: n === "what" ? "What" : n, width: widthOf(n),
      cell: (e) => <Cell event={e} name={n} />,
    })),
  ];
}

function Cell({ event: e, name }: { event: Event; name: string }) {
  if (name === "what") {
    const line = summary(e);
    return <span className="block font-mono" title={line}>{text(e, "event.category") === "file" && !line.includes(" → ") ? <Middle text={line} /> : <span className="block truncate">{line}</span>}</span>;
  }
  if (name === "event.action") {
    const kind = text(e, name);
    return <Value field={name} value={kind} className="max-w-full"><span className="inline-flex items-center gap-1.5">{kind === "finding_raise" && <SeverityMark level={text(e, "rule.level") as Level} size={13} />}<KindWord kind={kind} /></span></Value>;
  }
  const values = list(e, name);
  const v = values.join(" ");
  return (
    <Value field={name} value={values.length === 1 ? values[0]! : v} className={`block truncate ${mono(name) ? "font-mono" : ""}`}>
      {/path|executable|hash|directory/.test(name) && values.length === 1 ? <Middle text={v} /> : v}
    </Value>
  );
}
