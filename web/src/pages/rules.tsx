// Rules: what is looked for, how often it was found and what it costs; the rule
// with its text, and an editor, beside the list.

import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { TextFilter } from "../alert/Filters";
import { groups, rules } from "../api/queries";
import { levels, type Rule } from "../api/types";
import { useKeys } from "../keyboard/keys";
import { Icon } from "../parts/Icon";
import { MenuButton } from "../parts/Menu";
import { exact, short } from "../parts/number";
import { Split } from "../parts/Panel";
import { SeverityMark, word } from "../parts/Severity";
import { Empty, Failed, SkeletonRows, Stale } from "../parts/state";
import { When } from "../parts/When";
import { History } from "../rule/History";
import { meets, nanoseconds, sorted, state } from "../rule/order";
import { RulePanel } from "../rule/RulePanel";
import { Subjects } from "../rule/Subjects";
import { useMay } from "../session/gate";
import { Table, type Column } from "../table/Table";
import { useWide } from "../table/wide";
import { useGo, useId, useUrl } from "../url";

const rowKey = (r: Rule) => r.id;

export function Rules() {
  const id = useId();
  const url = useUrl();
  const go = useGo();
  const admin = useMay("admin");
  const wide = useWide();
  const [cursor, setCursor] = useState<string>();
  const [history, setHistory] = useState(false);
  const { data, error, isPending, refetch } = useQuery({ ...rules(), refetchInterval: 15_000 });
  const many = useQuery(groups()).data?.groups.length ?? 1;
  const close = useCallback(() => { setCursor(id); go.at("/rules"); }, [go, id]);
  useKeys(id ? { Escape: close } : {});
  const rows = useMemo(
    () => sorted((data?.rules ?? []).filter((r) => meets(r, url.text ?? "") && (!url.level || r.level === url.level) && chosen(r, url.status, many)), url.sort ?? "-findings"),
    [data, many, url.level, url.sort, url.status, url.text],
  );
  const columns = useMemo(() => columnsFor(id !== undefined, wide, many), [id, wide, many]);
  if (!data && error) return <Failed what="The rules could not be loaded" error={error} retry={() => void refetch()} />;
  return (
    <Split name="rules" standard={0.55} detail={id ? <RulePanel key={id} id={id} onClose={close} /> : null}>
      <h1 className="sr-only">Rules</h1>
      {data && error && <Stale error={error} />}
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-panel px-3 py-1.5">
        <Subjects here="rules" />
        <TextFilter value={url.text ?? ""} onChange={(t) => go.set({ text: t || undefined }, true)} placeholder="Title, technique, id" />
        <MenuButton label="Severity" entries={[{ label: "Any severity", checked: !url.level, run: () => go.set({ level: undefined }) }, ...levels.map((l) => ({ label: word(l), checked: url.level === l, run: () => go.set({ level: l }) }))]}>
          {url.level ? word(url.level as "high") : "Severity"} <Icon name="down" size={12} />
        </MenuButton>
        {(["shipped", "own", "stored", "off"] as const).map((s) => (
          <button key={s} type="button" className="control" aria-pressed={url.status === s} title={titles[s]} onClick={() => go.set({ status: url.status === s ? undefined : s })}>{s}</button>
        ))}
        <span className="flex-1" />
        <button type="button" className="control" onClick={() => setHistory(true)}><Icon name="clock" size={13} />History</button>
        {admin && <button type="button" className="control primary" onClick={() => go.at("/rules/new", id !== undefined)}><Icon name="plus" size={13} />New rule</button>}
      </div>
      {data && data.problems.length > 0 && (
        <div role="alert" className="border-b border-line bg-raised px-3 py-2">
          <p className="text-bad">The newest change of the own rules is refused, those before stay in force:</p>
          <ul className="font-mono text-sm">{data.problems.slice(0, 5).map((p, i) => <li key={i} className="break-words">{p.path}{p.line ? `:${p.line}` : ""} {p.field} {p.message}</li>)}</ul>
        </div>
      )}
      {isPending ? <SkeletonRows /> : rows.length === 0 ? (
        <div className="flex-1 bg-panel">
          <Empty title="No rule meets these filters" action={<button type="button" className="control" onClick={() => go.set({ text: undefined, level: undefined, status: undefined })}>Show all rules</button>} />
        </div>
      ) : (
        <Table
          label="Rules" rows={rows} rowKey={rowKey} columns={columns} cursor={id ?? cursor} minWidth={id ? 380 : 760}
          onCursor={(k) => (id ? go.at(`/rules/${encodeURIComponent(k)}`, true) : setCursor(k))} onOpen={(k) => go.at(`/rules/${encodeURIComponent(k)}`, id !== undefined)}
          sort={url.sort ?? "-findings"} onSort={(s) => go.set({ sort: s })}
        />
      )}
      <footer className="flex h-7 shrink-0 items-center gap-3 border-t border-line bg-panel px-3 text-sm text-soft">
        {data && <><span>{rows.length === data.rules.length ? `${exact(rows.length)} rules` : `${exact(rows.length)} of ${exact(data.rules.length)} rules`}</span><span>version {data.version}, in force since <When at={data.loaded} form="stamp" /></span></>}
      </footer>
      {history && <History inForce={data?.version} onClose={() => setHistory(false)} />}
    </Split>
  );
}

const titles = { shipped: "Come with the program", own: "Of the folder of own rules of the manager", stored: "Written here, or pushed", off: "Switched off by a policy" };

function chosen(r: Rule, status: string | undefined, groups: number): boolean {
  return !status || (status === "off" ? state(r, groups) !== "on" : r.source === status);
}

function columnsFor(narrow: boolean, wide: boolean, groups: number): readonly Column<Rule>[] {
  const all: (Column<Rule> & { always?: boolean; first?: boolean })[] = [
    { id: "level", title: "", width: "26px", sort: "level", always: true, cell: (r) => <SeverityMark level={r.level} size={14} /> },
    { id: "name", title: "Rule", width: "minmax(150px,2.2fr)", sort: "name", always: true, cell: (r) => <span className={state(r, groups) === "off" ? "text-faint line-through" : "font-medium"} title={r.name}>{r.name}</span> },
    { id: "state", title: "State", width: "78px", always: true, cell: (r) => <StateOf rule={r} groups={groups} /> },
    { id: "findings", title: "Hits", width: "58px", right: true, sort: "findings", always: true, cell: (r) => (r.findings ? <span title={exact(r.findings)}>{short(r.findings)}</span> : <span className="text-faint">–</span>) },
    { id: "alerts", title: "Open", width: "58px", right: true, sort: "alerts", cell: (r) => (r.open_alerts ? exact(r.open_alerts) : <span className="text-faint">–</span>) },
    { id: "last", title: "Last hit", width: "82px", sort: "last", cell: (r) => (r.findings ? <span className="text-soft"><When at={r.last_finding} /></span> : <span className="text-faint">never</span>) },
    { id: "cost", title: "Cost", width: "74px", right: true, sort: "cost", cell: (r) => (r.cost ? <span title={`for each of ${exact(r.cost.events)} events; true of ${exact(r.cost.matched)}`}>{nanoseconds(r.cost.nanoseconds)}</span> : <span className="text-faint">–</span>) },
    { id: "technique", title: "Techniques", width: "minmax(80px,1fr)", first: true, cell: (r) => <span className="text-soft" title={r.techniques.join(", ")}>{r.techniques.join(" ") || "–"}</span> },
    { id: "source", title: "Source", width: "76px", sort: "source", first: true, cell: (r) => <span className="text-soft">{r.source}</span> },
  ];
  return narrow ? all.filter((c) => c.always) : wide ? all : all.filter((c) => c.id !== "source");
}

export function StateOf({ rule: r, groups }: { rule: Rule; groups: number }) {
  const s = state(r, groups);
  return <span className={s === "on" ? "text-good" : s === "off" ? "text-faint" : "text-warn"} title={s === "on" ? "in force in all groups" : `switched off in ${r.disabled_in.join(", ")}`}>{s}</span>;
}
