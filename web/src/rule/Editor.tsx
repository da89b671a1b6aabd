// The editor of a rule file: what is wrong is told while one types, with its
// line; nothing is in force before it is asked for, and a bad rule never is.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { Problem, post } from "../api/client";
import { changeRules } from "../api/queries";
import type { RuleLint, RuleProblem } from "../api/types";
import { Icon } from "../parts/Icon";
import { notify } from "../parts/Notices";
import { Section } from "../parts/Panel";
import { reason } from "../parts/state";
import { useMay } from "../session/gate";
import { Confirm } from "../settings/parts";

interface Props {
  path: string; // below the stored rules; empty: to be chosen
  text: string;
  fresh?: boolean; // nothing is stored yet
  onDone(rule: string | undefined): void; // id of the first rule of the file; undefined: removed
}

const pause = 300; // milliseconds without a key before the text is looked at

export function Editor({ path, text: before, fresh = false, onDone }: Props) {
  const admin = useMay("admin");
  const client = useQueryClient();
  const area = useRef<HTMLTextAreaElement>(null);
  const [name, setName] = useState(path);
  const [text, setText] = useState(before);
  const [comment, setComment] = useState("");
  const [wrong, setWrong] = useState<unknown>();
  const [asked, setAsked] = useState(false);
  const { lint, late } = useLint(name || "new.yml", text);
  const label = useId();
  useEffect(() => setWrong(undefined), [text, name]);
  const changed = fresh || text !== before;
  const bad = lint?.problems.some((p) => !p.remark) ?? false;
  const put = async (change: Parameters<typeof changeRules>[0], said: string, done: string | undefined) => {
    try {
      await changeRules(change);
      notify(said);
      await client.invalidateQueries({ predicate: (q) => String(q.queryKey[0]).startsWith("/rules") });
      onDone(done);
    } catch (e) {
      setWrong(e);
    }
  };
  const save = () => put({ set: [{ path: name, text }], comment }, "In force; connected hosts get it within seconds", lint?.rules[0]?.id);
  const line = (n: number) => {
    const el = area.current;
    if (!el) return;
    const at = text.split("\n").slice(0, n - 1).join("\n").length + (n > 1 ? 1 : 0);
    el.focus();
    el.setSelectionRange(at, at + (text.slice(at).split("\n")[0]?.length ?? 0));
    el.scrollTop = Math.max(0, (n - 5) * 18);
  };
  return (
    <Section title={fresh ? "Write a rule" : "Text"} note={fresh ? undefined : path}>
      {fresh && (
        <label className="mb-2 flex items-center gap-2 text-soft">File<input className="control min-w-0 flex-1 font-mono" placeholder="linux/what_happened.yml" maxLength={256} value={name} onChange={(e) => setName(e.target.value)} /></label>
      )}
      <label htmlFor={label} className="sr-only">Rule file</label>
      <textarea
        id={label} ref={area} readOnly={!admin} spellCheck={false} rows={Math.min(32, Math.max(14, text.split("\n").length + 1))} value={text} onChange={(e) => setText(e.target.value)}
        aria-describedby={`${label}-problems`} className="control h-auto! w-full py-2 font-mono leading-[18px] whitespace-pre!"
      />
      <div id={`${label}-problems`} role="status" aria-live="polite" data-lint={lint ? (late ? "late" : bad ? "bad" : "good") : "none"} className="mt-1 min-h-6">
        {!lint ? <p className="text-faint">Looking at it …</p> : lint.problems.length === 0 ? (
          <p className="text-good"><Icon name="check" size={13} className="mr-1 inline" />{lint.rules.length === 1 ? "A rule without a mistake" : `${lint.rules.length} rules without a mistake`}</p>
        ) : <ul>{lint.problems.map((p, i) => <Said key={i} problem={p} onLine={line} />)}</ul>}
      </div>
      {wrong !== undefined && <Refused error={wrong} />}
      {admin && (
        <div className="mt-2 flex flex-wrap gap-2">
          <input className="control min-w-32 flex-1" aria-label="Why" placeholder="Why (kept with the version)" maxLength={1000} value={comment} onChange={(e) => setComment(e.target.value)} />
          {!fresh && <button type="button" className="control danger" onClick={() => setAsked(true)}>Remove</button>}
          {!fresh && <button type="button" className="control" disabled={!changed} onClick={() => setText(before)}>Undo</button>}
          <button type="button" className="control primary" disabled={!changed || bad || name === ""} title={bad ? "It has mistakes" : name === "" ? "Give the file a name" : undefined} onClick={() => void save()}>Put in force</button>
        </div>
      )}
      {asked && (
        <Confirm title="Remove the rule file?" verb="Remove" onNo={() => setAsked(false)} onYes={() => { setAsked(false); void put({ remove: [path], comment }, "Removed; an earlier version can be put in force from the history", undefined); }}>
          <p>Its rules are not looked for any more. The history keeps the file.</p>
        </Confirm>
      )}
    </Section>
  );
}

function Said({ problem: p, onLine }: { problem: RuleProblem; onLine(n: number): void }) {
  return (
    <li className={`flex items-baseline gap-2 ${p.remark ? "text-soft" : "text-bad"}`}>
      <span className="w-14 shrink-0 text-sm">{p.remark ? "remark" : "mistake"}</span>
      {p.line ? <button type="button" className="w-14 shrink-0 text-left underline decoration-dotted" onClick={() => onLine(p.line!)}>line {p.line}</button> : <span className="w-14 shrink-0" />}
      <span className="min-w-0 break-words">{p.field ? <code>{p.field}</code> : null} {p.message}</span>
    </li>
  );
}

function Refused({ error }: { error: unknown }) {
  const details = error instanceof Problem ? error.errors : [];
  return (
    <div role="alert" className="mt-2 break-words text-bad">
      <p>Not changed, what was in force stays.</p>
      {details.length === 0 ? <p>{reason(error)}</p> : <ul>{details.map((d, i) => <li key={i}><code>{d.location}</code> {d.message}</li>)}</ul>}
    </div>
  );
}

/** useLint asks what is wrong in a text when no key was pressed for a moment. */
function useLint(path: string, text: string): { lint: RuleLint | undefined; late: boolean } {
  const [state, setState] = useState<{ lint: RuleLint; of: string }>();
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      post<RuleLint>("/rules/lint", { path, text }).then(
        (lint) => { if (!gone) setState({ lint, of: text }); },
        (e: unknown) => { if (!gone) setState({ lint: { rules: [], problems: [{ path, message: reason(e) }] }, of: text }); },
      );
    }, state ? pause : 0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [path, text]);
  return { lint: state?.lint, late: state !== undefined && state.of !== text };
}
