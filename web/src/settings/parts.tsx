// What the parts of the settings share: how they ask and change, plain tables, secrets shown once.

import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { get } from "../api/client";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { notify } from "../parts/Notices";
import { Empty, Failed, reason, SkeletonRows } from "../parts/state";
import { copy } from "../parts/Value";

/** useList asks for a list and gives a function that renews it after a change. */
export function useList<T>(route: string) {
  const client = useQueryClient();
  const query = useQuery(queryOptions({ queryKey: [route], queryFn: ({ signal }) => get<T>(route, {}, signal) }));
  const change = async (what: string, call: () => Promise<unknown>): Promise<boolean> => {
    try {
      await call();
      notify(what);
      await client.invalidateQueries({ queryKey: [route] });
      return true;
    } catch (e) {
      notify(`Not done. ${reason(e)}`, "bad");
      return false;
    }
  };
  return { ...query, change };
}

interface TableProps<T> {
  query: { data: unknown; error: unknown; isPending: boolean; refetch(): unknown };
  what: string;
  rows: readonly T[] | undefined;
  head: readonly string[];
  row(r: T): { key: string; cells: readonly ReactNode[] };
  empty: string;
}

export function PlainTable<T>({ query, what, rows, head, row, empty }: TableProps<T>) {
  if (query.error && !query.data) return <Failed what={`${what} could not be loaded`} error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending || !rows) return <div className="panel"><SkeletonRows rows={4} /></div>;
  if (rows.length === 0) return <div className="panel"><Empty title={empty} /></div>;
  return (
    <div className="panel overflow-x-auto">
      <table className="w-full">
        <thead className="bg-raised text-left text-sm text-soft"><tr>{head.map((h, i) => <th key={i} scope="col" className="h-7 px-3 font-medium whitespace-nowrap">{h}</th>)}</tr></thead>
        <tbody>
          {rows.map((r) => {
            const { key, cells } = row(r);
            return <tr key={key} className="h-8 border-t border-line">{cells.map((c, i) => <td key={i} className="px-3 py-0.5">{c}</td>)}</tr>;
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Secret shows what the manager says only once. */
export function Secret({ title, text, command, onClose }: { title: string; text: string; command?: string; onClose(): void }) {
  const Row = ({ name, value }: { name: string; value: string }) => (
    <div className="mb-3">
      <div className="mb-1 text-soft">{name}</div>
      <div className="flex items-start gap-2">
        <code className="min-w-0 flex-1 rounded border border-line bg-canvas px-2 py-1 break-all" data-secret>{value}</code>
        <button type="button" className="control" onClick={() => void copy(value)}><Icon name="copy" size={13} />Copy</button>
      </div>
    </div>
  );
  return (
    <Dialog title={title} onClose={onClose} footer={<button type="button" className="control primary" onClick={onClose}>I have kept it</button>}>
      <p className="mb-3 text-warn">It is shown only here, and only now.</p>
      <Row name="Secret" value={text} />
      {command && <Row name="Run this on the host" value={command} />}
    </Dialog>
  );
}

/** Confirm asks before something that cannot be undone. */
export function Confirm({ title, children, verb, onYes, onNo }: { title: string; children: ReactNode; verb: string; onYes(): void; onNo(): void }) {
  return (
    <Dialog title={title} onClose={onNo} footer={<><button type="button" className="control" onClick={onNo}>Cancel</button><button type="button" className="control danger" onClick={onYes}>{verb}</button></>}>
      {children}
    </Dialog>
  );
}
