import { useEffect, useRef, useState } from "react";
import type { Event, Level } from "../api/types";
import { Icon } from "../parts/Icon";
import { SeverityMark } from "../parts/Severity";
import { When } from "../parts/When";
import { Fields } from "./Fields";
import { summary, text } from "./read";

/** EventLine is one event in a list; it opens to the whole event. */
export function EventLine({ event: e, marked = false, inView = false }: { event: Event; marked?: boolean; inView?: boolean }) {
  const [open, setOpen] = useState(false);
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const el = line.current;
    const panel = el?.closest<HTMLElement>('[role="tabpanel"]');
    // scrollIntoView would move every box around it as well
    if (inView && el && panel) panel.scrollTop += el.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 2;
  }, [inView]);
  const kind = text(e, "event.action");
  const level = text(e, "rule.level") as Level;
  return (
    <li ref={line} className={`border-b border-line ${marked ? "bg-chosen" : ""}`} data-kind={kind}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex h-7 w-full items-center gap-3 px-4 text-left hover:bg-hover">
        <span className="tnum w-[86px] shrink-0 text-soft"><When at={text(e, "@timestamp")} form="millis" /></span>
        <span className="flex w-28 shrink-0 items-center gap-1.5 truncate">{kind === "finding_raise" && <SeverityMark level={level} size={13} />}<KindWord kind={kind} /></span>
        <span className="w-32 shrink-0 truncate font-mono">{text(e, "process.name")}<span className="text-faint"> {text(e, "process.pid")}</span></span>
        <span className="min-w-0 flex-1 truncate font-mono" title={summary(e)}>{summary(e)}</span>
        <Icon name={open ? "down" : "right"} size={12} className="text-faint" />
      </button>
      {open && <Fields event={e} />}
    </li>
  );
}

/** KindWord writes a kind in its two words. */
export function KindWord({ kind }: { kind: string }) {
  const [noun, verb] = kind.split("_");
  return <span className="truncate"><span className="text-soft">{noun}</span> {verb}</span>;
}
