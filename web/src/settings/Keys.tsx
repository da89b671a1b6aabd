import { useState, type FormEvent } from "react";
import { post, remove } from "../api/client";
import type { CreatedKey, Key, KeyList } from "../api/types";
import { When } from "../parts/When";
import { useSession } from "../session/gate";
import { Confirm, PlainTable, Secret, useList } from "./parts";

const roles = ["viewer", "analyst", "admin"];

export function Keys() {
  const me = useSession();
  const query = useList<KeyList>("/keys");
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("viewer");
  const [expire, setExpire] = useState("90d");
  const [made, setMade] = useState<CreatedKey>();
  const [revoking, setRevoking] = useState<Key>();
  const create = (e: FormEvent) => {
    e.preventDefault();
    void query.change("Key created", async () => {
      setMade(await post<CreatedKey>("/keys", { name, role, ...(expire ? { expire } : {}) }));
      setName("");
    });
  };
  return (
    <>
      <p className="mb-3 max-w-prose text-soft">A program sends a key as <code>Authorization: Bearer</code>. It may do what its role may, never more than yours.</p>
      <form onSubmit={create} className="mb-4 flex flex-wrap items-end gap-2" aria-label="New key">
        <label className="flex flex-col gap-1 text-soft">Name<input className="control w-52" required maxLength={64} value={name} onChange={(e) => setName(e.target.value)} /></label>
        <label className="flex flex-col gap-1 text-soft">Role<select className="control" value={role} onChange={(e) => setRole(e.target.value)}>{roles.slice(0, roles.indexOf(me.role) + 1).map((r) => <option key={r}>{r}</option>)}</select></label>
        <label className="flex flex-col gap-1 text-soft">Good for<select className="control" value={expire} onChange={(e) => setExpire(e.target.value)}><option value="7d">7 days</option><option value="90d">90 days</option><option value="365d">a year</option><option value="">ever</option></select></label>
        <button type="submit" className="control primary">Create a key</button>
      </form>
      <PlainTable
        query={query} what="Keys" rows={query.data?.keys} empty="You have no API keys" head={["Name", "Role", "Created", "Ends", "Used", ""]}
        row={(k) => ({ key: k.id, cells: [k.name, k.role, <When key="c" at={k.created} />, k.expires ? <When key="e" at={k.expires} /> : "never", k.used ? <When key="u" at={k.used} /> : "never", <button key="r" type="button" className="control quiet text-bad!" onClick={() => setRevoking(k)}>Revoke</button>] })}
      />
      {made && <Secret title={`Key ${made.key.name}`} text={made.secret} onClose={() => setMade(undefined)} />}
      {revoking && (
        <Confirm title={`Revoke ${revoking.name}`} verb="Revoke" onNo={() => setRevoking(undefined)} onYes={() => { setRevoking(undefined); void query.change("Key revoked", () => remove(`/keys/${encodeURIComponent(revoking.id)}`)); }}>
          What uses this key stops working at once. It cannot be undone.
        </Confirm>
      )}
    </>
  );
}
