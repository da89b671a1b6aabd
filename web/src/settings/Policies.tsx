import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get, put } from "../api/client";
import type { GroupList, Policy, PolicyVersions } from "../api/types";
import { notify } from "../parts/Notices";
import { Failed, reason, SkeletonRows } from "../parts/state";
import { When } from "../parts/When";
import { useMay } from "../session/gate";

/** Policies shows and changes the settings of each group of hosts. */
export function Policies() {
  const groups = useQuery({ queryKey: ["/groups"], queryFn: ({ signal }) => get<GroupList>("/groups", {}, signal) });
  const [group, setGroup] = useState("default");
  if (groups.error && !groups.data) return <Failed what="The groups could not be loaded" error={groups.error} retry={() => void groups.refetch()} />;
  return (
    <>
      <div className="mb-3 flex items-center gap-2">
        <label htmlFor="policy-group" className="text-soft">Group</label>
        <select id="policy-group" className="control" value={group} onChange={(e) => setGroup(e.target.value)}>{(groups.data?.groups ?? []).map((g) => <option key={g.name} value={g.name}>{g.name} ({g.hosts} hosts)</option>)}</select>
      </div>
      <Editor key={group} group={group} />
    </>
  );
}

const meanings = { off: "Rules only alert.", observe: "Rules alert, and it is recorded what their actions would have done.", on: "The actions of rules are done." };

function Editor({ group }: { group: string }) {
  const admin = useMay("admin");
  const client = useQueryClient();
  const route = `/policies/${encodeURIComponent(group)}`;
  const { data, error, refetch, isPending } = useQuery({ queryKey: [route], queryFn: ({ signal }) => get<Policy>(route, {}, signal) });
  const versions = useQuery({ queryKey: [route, "versions"], queryFn: ({ signal }) => get<PolicyVersions>(`${route}/versions`, {}, signal) });
  const [text, setText] = useState<string>();
  const [comment, setComment] = useState("");
  const [wrong, setWrong] = useState<unknown>();
  useEffect(() => setWrong(undefined), [text]);
  if (error && !data) return <Failed what="The policy could not be loaded" error={error} retry={() => void refetch()} />;
  if (isPending || !data) return <SkeletonRows rows={6} />;
  const shown = text ?? data.text;
  const save = async () => {
    try {
      await put(route, { text: shown, comment, version: data.version });
      notify("Policy in force; connected hosts get it within seconds");
      setText(undefined);
      setComment("");
      await client.invalidateQueries({ queryKey: [route] });
    } catch (e) {
      setWrong(e);
    }
  };
  return (
    <div className="grid max-w-5xl grid-cols-[minmax(0,1fr)_260px] gap-6">
      <div>
        <p className="mb-2">Response: <b>{data.respond}</b>. <span className="text-soft">{meanings[data.respond]}</span></p>
        <label htmlFor="policy-text" className="sr-only">Policy as YAML</label>
        <textarea id="policy-text" readOnly={!admin} spellCheck={false} rows={20} value={shown} onChange={(e) => setText(e.target.value)} className="control h-auto! w-full py-2 font-mono leading-[18px] whitespace-pre!" />
        {wrong !== undefined && <p role="alert" className="mt-2 break-words text-bad">Not changed, the old one stays in force. {reason(wrong)}</p>}
        {admin && (
          <div className="mt-2 flex gap-2">
            <input className="control min-w-0 flex-1" aria-label="Why" placeholder="Why (kept with the version)" maxLength={1000} value={comment} onChange={(e) => setComment(e.target.value)} />
            <button type="button" className="control" disabled={text === undefined || text === data.text} onClick={() => setText(undefined)}>Undo</button>
            <button type="button" className="control primary" disabled={text === undefined || text === data.text} onClick={() => void save()}>Put in force</button>
          </div>
        )}
      </div>
      <aside aria-label="Versions">
        <h2 className="heading mb-1">Versions</h2>
        <ol>
          {(versions.data?.policies ?? []).map((v) => (
            <li key={v.version} className="border-b border-line py-1">
              <button type="button" className="w-full text-left hover:underline" onClick={() => setText(v.text)} title="Show this version in the editor">
                <span className="font-medium">{v.version}</span> <span className="text-soft">by {v.by}, <When at={v.at} /></span>
                {v.comment && <span className="block truncate text-sm text-faint">{v.comment}</span>}
              </button>
            </li>
          ))}
        </ol>
      </aside>
    </div>
  );
}
