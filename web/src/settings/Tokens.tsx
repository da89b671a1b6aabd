import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { get, post, remove } from "../api/client";
import type { CreatedToken, GroupList, Token, TokenList } from "../api/types";
import { When } from "../parts/When";
import { useClock } from "../time/clock";
import { PlainTable, Secret, useList } from "./parts";

export function Tokens() {
  const query = useList<TokenList>("/tokens");
  const groups = useQuery({ queryKey: ["/groups"], queryFn: ({ signal }) => get<GroupList>("/groups", {}, signal) });
  const { now } = useClock();
  const [group, setGroup] = useState("default");
  const [expire, setExpire] = useState("1h");
  const [uses, setUses] = useState("1");
  const [made, setMade] = useState<CreatedToken>();
  const create = (e: FormEvent) => {
    e.preventDefault();
    void query.change("Token created", async () => setMade(await post<CreatedToken>("/tokens", { group, expire, max_uses: Number(uses) })));
  };
  const state = (t: Token) => (t.revoked ? "revoked" : Date.parse(t.expires) < now.getTime() ? "expired" : t.max_uses > 0 && t.uses >= t.max_uses ? "used up" : "good");
  return (
    <>
      <p className="mb-3 max-w-prose text-soft">A host proves with a token that it may join. Afterwards it has a key and certificate of its own, and the token is not needed any more.</p>
      <form onSubmit={create} className="mb-4 flex flex-wrap items-end gap-2" aria-label="New token">
        <label className="flex flex-col gap-1 text-soft">Group<select className="control" value={group} onChange={(e) => setGroup(e.target.value)}>{(groups.data?.groups ?? [{ name: "default" }]).map((g) => <option key={g.name}>{g.name}</option>)}</select></label>
        <label className="flex flex-col gap-1 text-soft">Good for<select className="control" value={expire} onChange={(e) => setExpire(e.target.value)}><option value="1h">an hour</option><option value="24h">a day</option><option value="7d">a week</option></select></label>
        <label className="flex flex-col gap-1 text-soft">Hosts<input className="control w-20" type="number" min={1} max={100000} required value={uses} onChange={(e) => setUses(e.target.value)} /></label>
        <button type="submit" className="control primary">Create a token</button>
      </form>
      <PlainTable
        query={query} what="Tokens" rows={query.data?.tokens} empty="There are no enrolment tokens" head={["Id", "Group", "State", "Used", "Ends", "By", ""]}
        row={(t) => ({
          key: t.id,
          cells: [
            <span key="i" className="font-mono">{t.id}</span>, t.group, <span key="s" className={state(t) === "good" ? "text-good" : "text-soft"}>{state(t)}</span>, `${t.uses}${t.max_uses > 0 ? ` of ${t.max_uses}` : ""}`, <When key="e" at={t.expires} form="stamp" />, t.by,
            state(t) === "good" ? <button key="r" type="button" className="control quiet text-bad!" onClick={() => void query.change("Token revoked", () => remove(`/tokens/${encodeURIComponent(t.id)}`))}>Revoke</button> : null,
          ],
        })}
      />
      {made && <Secret title="Enrolment token" text={made.secret} command={made.command} onClose={() => setMade(undefined)} />}
    </>
  );
}
