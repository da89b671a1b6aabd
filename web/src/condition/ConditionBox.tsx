// The search box: a condition with colours and completion of fields,
// operators and values.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { fields as askFields, values as askValues } from "../api/queries";
import { Icon } from "../parts/Icon";
import { exact } from "../parts/number";
import type { Span } from "../time/range";
import { accept, offerFields, offerJoins, offerOperators, offerValues, placeAt, type Offer, type Place } from "./complete";
import { recent, remember } from "./recent";
import { scan, type TokenKind } from "./token";

interface Props {
  value: string;
  onSubmit(text: string): void;
  span: Span;
  placeholder: string;
}

/** usual fields come first where many fit. */
const usual = [
  "process.name", "process.command_line", "event.action", "host.name", "file.path", "user.name", "destination.ip", "process.executable", "process.parent.name",
  "destination.port", "process.pid", "rule.name",
];

const inks: Record<TokenKind, string> = {
  field: "text-ink", operator: "text-accent", value: "text-good", join: "text-accent", bracket: "text-faint", space: "",
};

export function ConditionBox({ value, onSubmit, span, placeholder }: Props) {
  const [text, setText] = useState(value);
  const [cursor, setCursor] = useState(0);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const paint = useRef<HTMLDivElement>(null);
  const list = useId();
  useEffect(() => setText(value), [value]);

  const place = useMemo(() => placeAt(text, cursor), [text, cursor]);
  const offers = useOffers(text, place, open, span);
  useEffect(() => setChosen(-1), [text, cursor]);

  const submit = (t: string) => {
    setOpen(false);
    remember(t);
    onSubmit(t.trim());
  };
  const take = (o: Offer) => {
    if (o.kind === "recent") {
      setText(o.insert);
      submit(o.insert);
      return;
    }
    const next = accept(text, place, o);
    setText(next.text);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(next.cursor, next.cursor);
      setCursor(next.cursor);
    });
  };
  const onKeyDown = (e: KeyboardEvent<HTMLInputElement>) => {
    const shown = open && offers.length > 0;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      if (!open) setOpen(true);
      if (offers.length > 0) {
        e.preventDefault();
        const by = e.key === "ArrowDown" ? 1 : -1;
        setChosen((c) => (c + by + offers.length + (c < 0 && by < 0 ? 1 : 0)) % offers.length);
      }
    } else if (e.key === "Enter") {
      e.preventDefault();
      const o = shown ? offers[chosen] : undefined;
      if (o) take(o);
      else submit(text);
    } else if (e.key === "Tab" && shown && !e.shiftKey && (chosen >= 0 || place.prefix !== "")) {
      e.preventDefault();
      take(offers[Math.max(0, chosen)]!);
    } else if (e.key === "Escape") {
      if (shown) setOpen(false);
      else input.current?.blur();
      e.preventDefault();
    }
  };
  const scrolled = () => {
    if (paint.current && input.current) paint.current.style.transform = `translateX(${-input.current.scrollLeft}px)`;
  };
  return (
    <div className="relative" onBlur={(e) => { if (!e.currentTarget.contains(e.relatedTarget)) setOpen(false); }}>
      <Icon name="search" size={14} className="pointer-events-none absolute top-[7px] left-2.5 text-faint" />
      <div aria-hidden="true" className="pointer-events-none absolute inset-y-0 right-8 left-8 overflow-hidden leading-[28px]">
        <div ref={paint} className="font-mono whitespace-pre">
          {scan(text).tokens.map((t) => <span key={t.from} className={inks[t.kind]}>{t.text}</span>)}
        </div>
      </div>
      <input
        ref={input} data-search type="text" role="combobox" aria-label="Condition" aria-autocomplete="list" aria-expanded={open && offers.length > 0} aria-controls={list}
        aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined} autoComplete="off" autoCapitalize="off" spellCheck={false} value={text} placeholder={placeholder}
        className="control w-full bg-transparent pr-8! pl-8! font-mono text-transparent caret-ink placeholder:font-sans placeholder:text-[13px]"
        onChange={(e) => {
          setText(e.target.value);
          setCursor(e.target.selectionStart ?? e.target.value.length);
          setOpen(true);
        }}
        onSelect={(e) => setCursor(e.currentTarget.selectionStart ?? 0)} onFocus={() => setOpen(true)} onClick={() => setOpen(true)} onScroll={scrolled} onKeyDown={onKeyDown}
      />
      {text === "" ? (
        <kbd className="kbd pointer-events-none absolute top-[5px] right-2">/</kbd>
      ) : (
        <button type="button" aria-label="Clear the condition" className="absolute top-0 right-0 flex h-7 w-8 items-center justify-center text-soft hover:text-ink" onClick={() => { setText(""); submit(""); }}>
          <Icon name="close" size={13} />
        </button>
      )}
      {open && offers.length > 0 && (
        <ul id={list} role="listbox" aria-label="Completion" className="absolute top-[30px] right-0 left-0 z-40 max-h-[60vh] overflow-y-auto rounded border border-line-strong bg-panel py-1">
          {offers.map((o, i) => (
            <li
              key={`${o.kind}${o.text}`} id={`${list}-${i}`} role="option" aria-selected={i === chosen}
              className={`flex h-7 cursor-pointer items-center gap-3 px-3 ${i === chosen ? "bg-chosen" : "hover:bg-hover"}`}
              onMouseDown={(e) => { e.preventDefault(); take(o); }}
            >
              <span className={`min-w-0 truncate font-mono ${o.kind === "operator" ? "w-24 text-accent" : o.kind === "value" ? "text-good" : ""}`}>{o.text}</span>
              {o.note && <span className={`min-w-0 flex-1 truncate text-sm text-faint ${o.kind === "value" ? "tnum text-right" : ""}`}>{o.note}</span>}
            </li>
          ))}
          <li role="presentation" className="mt-1 border-t border-line px-3 pt-1 text-sm text-faint">
            <kbd className="kbd">↓</kbd> choose <kbd className="kbd ml-2">Tab</kbd> take <kbd className="kbd ml-2">Enter</kbd> search
          </li>
        </ul>
      )}
    </div>
  );
}

function useOffers(text: string, place: Place, open: boolean, span: Span): Offer[] {
  const all = useQuery({ ...askFields(), enabled: open });
  const info = all.data?.fields.find((f) => f.name === place.field.toLowerCase());
  // Values are asked for once for each field; what is typed narrows them here.
  const wanted = open && place.due === "value" && info !== undefined && info.type !== "time" && info.type !== "kind";
  const known = useQuery({ ...askValues(info?.name ?? "", span, ""), enabled: wanted, placeholderData: undefined, staleTime: 60_000 });
  return useMemo(() => {
    if (!open) return [];
    switch (place.due) {
      case "field":
        if (text.trim() === "") {
          const old = recent().slice(0, 5).map((r): Offer => ({ kind: "recent", text: r, insert: r, note: "recent" }));
          return [...old, ...offerFields(all.data?.fields ?? [], "", usual).slice(0, 8)];
        }
        return offerFields(all.data?.fields ?? [], place.prefix, usual);
      case "operator":
        return offerOperators(info?.type, place.prefix);
      case "value":
        if (info?.type === "kind") return (all.data?.kinds ?? []).filter((k) => k.name.includes(place.prefix.toLowerCase())).map((k) => ({ kind: "value", text: k.name, insert: `'${k.name}' `, note: k.doc }));
        if (!wanted) return [];
        return offerValues((known.data?.values ?? []).map((v) => ({ value: v.values[0] ?? "", count: v.count })).filter((v) => v.value !== ""), place.prefix).map((o) => ({ ...o, note: exact(Number(o.note?.replaceAll(",", "") ?? 0)) }));
      case "join":
        return offerJoins(place.prefix);
    }
  }, [open, place, text, all.data, info, wanted, known.data]);
}
