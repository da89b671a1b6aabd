import type { ReactNode } from "react";
import { Icon } from "./Icon";
import { copy } from "./Value";

/** Json shows an object with colours. */
export function Json({ value, bare = false }: { value: unknown; bare?: boolean }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <div className={bare ? "" : "p-4"}>
      {!bare && (
        <div className="mb-2 flex justify-end"><button type="button" className="control" onClick={() => void copy(text)}><Icon name="copy" size={13} />Copy</button></div>
      )}
      <pre className="overflow-x-auto leading-[18px] break-all whitespace-pre-wrap" tabIndex={0} aria-label="JSON">{paint(text)}</pre>
    </div>
  );
}

function paint(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let last = 0;
  for (const m of text.matchAll(token)) {
    if (m.index > last) out.push(<span key={last} className="text-faint">{text.slice(last, m.index)}</span>);
    const ink = m[2] !== undefined ? "text-soft" : m[1] !== undefined ? "text-ink" : "text-accent";
    out.push(<span key={m.index} className={ink}>{m[1] ?? m[0]}</span>);
    if (m[2] !== undefined) out.push(<span key={`${m.index}:`} className="text-faint">{m[2]}</span>);
    last = m.index + m[0].length;
  }
  out.push(<span key="end" className="text-faint">{text.slice(last)}</span>);
  return out;
}
