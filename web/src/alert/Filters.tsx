import { useEffect, useRef, useState } from "react";
import { Icon } from "../parts/Icon";
import { MenuButton } from "../parts/Menu";
import { word } from "../parts/Severity";
import { levels } from "../api/types";
import { useSession } from "../session/gate";
import { useGo, useUrl } from "../url";

const statuses: readonly [string, string][] = [["open", "Open"], ["new", "New"], ["acknowledged", "Acknowledged"], ["closed", "Closed"], ["all", "All"]];

/** Filters of the list of alerts; all of them are in the URL. */
export function Filters({ narrow }: { narrow: boolean }) {
  const url = useUrl();
  const go = useGo();
  const me = useSession().user;
  const status = url.status ?? "open";
  const choose = (id: string) => go.set({ status: id === "open" ? undefined : id });
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-panel px-3 py-1.5">
      {narrow ? (
        <MenuButton label="Status" entries={statuses.map(([id, title]) => ({ label: title, checked: status === id, run: () => choose(id) }))}>
          {statuses.find(([id]) => id === status)?.[1] ?? status} <Icon name="down" size={12} />
        </MenuButton>
      ) : (
        <div role="radiogroup" aria-label="Status" className="flex">
          {statuses.map(([id, title], i) => (
            <button
              key={id} type="button" role="radio" aria-checked={status === id} onClick={() => choose(id)}
              className={`control -ml-px px-2! ${i === 0 ? "rounded-r-none!" : i === statuses.length - 1 ? "rounded-l-none!" : "rounded-none!"} ${status === id ? "relative z-[1]" : "text-soft"}`}
            >
              {title}
            </button>
          ))}
        </div>
      )}
      <MenuButton
        label="Severity"
        entries={[
          { label: "Any severity", checked: url.level === undefined, run: () => go.set({ level: undefined }) },
          ...levels.filter((l) => l !== "informational").map((l) => ({ label: l === "critical" ? "Critical" : `${word(l)} and above`, checked: url.level === l, run: () => go.set({ level: l }) })),
        ]}
      >
        {url.level ? (url.level === "critical" ? "Critical" : `${word(url.level as "high")}+`) : "Severity"} <Icon name="down" size={12} />
      </MenuButton>
      <TextFilter value={url.text ?? ""} onChange={(t) => go.set({ text: t || undefined }, true)} />
      {url.host && <Chip name="host" value={url.host} onRemove={() => go.set({ host: undefined })} />}
      {url.rule && <Chip name="rule" value={url.rule} onRemove={() => go.set({ rule: undefined })} />}
      {url.assignee && <Chip name="assignee" value={url.assignee} onRemove={() => go.set({ assignee: undefined })} />}
      {!narrow && <span className="flex-1" />}
      <button type="button" className="control" aria-pressed={url.assignee === me} onClick={() => go.set({ assignee: url.assignee === me ? undefined : me })}>Mine</button>
      <button type="button" className="control" aria-pressed={url.group !== undefined} onClick={() => go.set({ group: url.group ? undefined : "1" })} title="Group by rule, host and process">Group</button>
    </div>
  );
}

function Chip({ name, value, onRemove }: { name: string; value: string; onRemove(): void }) {
  return (
    <span className="inline-flex h-6 max-w-52 items-center gap-1 rounded border border-line bg-raised pl-2 text-sm">
      <span className="text-faint">{name}</span> <span className="truncate" title={value}>{value}</span>
      <button type="button" aria-label={`Remove the filter ${name}`} className="flex h-6 w-6 items-center justify-center hover:text-bad" onClick={onRemove}><Icon name="close" size={11} /></button>
    </span>
  );
}

export function TextFilter({ value, onChange, placeholder = "Rule, host, command" }: { value: string; onChange(t: string): void; placeholder?: string }) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      type="search" aria-label="Filter by text" placeholder={placeholder} className={`control min-w-28 ${placeholder.length > 20 ? "w-56" : "w-44"}`} value={text}
      onChange={(e) => {
        const t = e.target.value;
        setText(t);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => onChange(t), 250);
      }}
      onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
    />
  );
}
