// A value of an event that can be worked with: copy it, filter for it, look
// for it everywhere.

import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useRef, useState, type ReactNode } from "react";
import { addIOCs, renewIOCs } from "../api/queries";
import { joined, predicate, quote } from "../condition/token";
import { indicatorType } from "../rule/offer";
import { useMay } from "../session/gate";
import { useGo, useUrl } from "../url";
import { MenuAt, pointBelow, type Entry, type Point } from "./Menu";
import { notify } from "./Notices";
import { reason } from "./state";

/** FilterContext is set where "filter for" changes the page's own condition. */
export const FilterContext = createContext<((predicate: string) => void) | undefined>(undefined);

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify("Copied");
  } catch {
    notify("The browser does not allow to copy", "bad");
  }
}

/** InTable is set in the cells of tables, whose values the Tab key passes over: Enter opens the row, and its values can be reached there. */
export const InTable = createContext(false);

interface Props {
  field: string;
  value: string;
  children?: ReactNode;
  className?: string;
  extra?: readonly Entry[];
}

export function Value({ field, value, children, className = "", extra }: Props) {
  const [at, setAt] = useState<Point>();
  const ref = useRef<HTMLButtonElement>(null);
  const inTable = use(InTable);
  if (value === "") return <span className="text-faint">–</span>;
  return (
    <>
      <button
        ref={ref} type="button" aria-haspopup="menu" tabIndex={inTable ? -1 : 0} title={`${field}: ${value}`}
        className={`max-w-full rounded-sm text-left decoration-dotted underline-offset-2 hover:underline ${className}`}
        onClick={(e) => {
          e.stopPropagation();
          setAt(pointBelow(ref.current!));
        }}
      >
        {children ?? value}
      </button>
      {at && <ValueMenu at={at} field={field} value={value} extra={extra} onClose={() => setAt(undefined)} />}
    </>
  );
}

export function ValueMenu({ at, field, value, extra, onClose }: { at: Point; field: string; value: string; extra?: readonly Entry[] | undefined; onClose(): void }) {
  const filter = use(FilterContext);
  const go = useGo();
  const { q = "" } = useUrl();
  const client = useQueryClient();
  const type = indicatorType(field, value);
  const may = useMay("analyst") && type !== undefined;
  const addIOC = async () => {
    try {
      await addIOCs([{ ...(type ? { type } : {}), value, source: "console", note: `${field} of an event` }], `from ${field}`);
      notify("Added as an indicator; connected hosts get it within seconds");
      renewIOCs(client);
    } catch (e) {
      notify(`Not added. ${reason(e)}`, "bad");
    }
  };
  const narrow = filter ?? ((p: string) => go.to("/search", { q: joined(q, p) }));
  const entries: Entry[] = [
    { heading: `${field}: ${value}` },
    { label: "Copy", icon: "copy", run: () => void copy(value) },
    { label: "Filter for", icon: "filter", run: () => narrow(predicate(field, "=", value)) },
    { label: "Filter out", icon: "exclude", run: () => narrow(predicate(field, "!=", value)) },
    { label: "Search everywhere", icon: "search", note: "any field", run: () => go.to("/search", { q: quote(value) }) },
    ...(may ? [{ label: "Add as IOC", icon: "plus" as const, note: type, run: () => void addIOC() }] : []),
    ...(extra ? ["line" as const, ...extra] : []),
  ];
  return <MenuAt at={at} entries={entries} onClose={onClose} label={`Value of ${field}`} />;
}
