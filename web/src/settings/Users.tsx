import { useState, type FormEvent } from "react";
import { patch, post, remove } from "../api/client";
import type { CreatedUser, User, UserList } from "../api/types";
import { MenuButton } from "../parts/Menu";
import { When } from "../parts/When";
import { useSession } from "../session/gate";
import { Confirm, PlainTable, Secret, useList } from "./parts";

const roles = ["viewer", "analyst", "admin"] as const;
const route = (u: User) => `/users/${encodeURIComponent(u.name)}`;

export function Users() {
  const me = useSession();
  const query = useList<UserList>("/users");
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("analyst");
  const [made, setMade] = useState<CreatedUser>();
  const [deleting, setDeleting] = useState<User>();
  const create = (e: FormEvent) => {
    e.preventDefault();
    void query.change("User created", async () => {
      setMade(await post<CreatedUser>("/users", { name, role }));
      setName("");
    });
  };
  const reset = (u: User) => query.change("Password reset", async () => setMade(await patch<CreatedUser>(route(u), { reset_password: true })));
  return (
    <>
      <form onSubmit={create} className="mb-4 flex flex-wrap items-end gap-2" aria-label="New user">
        <label className="flex flex-col gap-1 text-soft">Name<input className="control w-52" required maxLength={64} pattern="[a-z0-9][a-z0-9._@\-]*" title="Lower-case letters, digits, . _ @ -" value={name} onChange={(e) => setName(e.target.value)} /></label>
        <label className="flex flex-col gap-1 text-soft">Role<select className="control" value={role} onChange={(e) => setRole(e.target.value)}>{roles.map((r) => <option key={r}>{r}</option>)}</select></label>
        <button type="submit" className="control primary">Create a user</button>
        <span className="text-sm text-faint">A one-time password is shown next.</span>
      </form>
      <PlainTable
        query={query} what="Users" rows={query.data?.users} empty="There are no users" head={["Name", "Role", "State", "Last login", "Keys", ""]}
        row={(u) => ({
          key: u.name,
          cells: [
            <span key="n" className="font-medium">{u.name}{u.name === me.user && <span className="font-normal text-faint"> (you)</span>}</span>, u.role,
            u.disabled ? <span key="d" className="text-warn">disabled</span> : u.must_change ? "has a one-time password" : "in use", u.last_login ? <When key="l" at={u.last_login} /> : "never", u.keys,
            <MenuButton
              key="m" label={`Change ${u.name}`} className="control quiet"
              entries={[
                { heading: "Role" },
                ...roles.map((r) => ({ label: r, checked: u.role === r, run: () => void query.change(`${u.name} is ${r}`, () => patch(route(u), { role: r })) })),
                "line",
                { label: "Reset the password", run: () => void reset(u) },
                { label: u.disabled ? "Enable" : "Disable", run: () => void query.change(u.disabled ? "Enabled" : "Disabled", () => patch(route(u), { disabled: !u.disabled })) },
                { label: "Delete…", danger: true, run: () => setDeleting(u) },
              ]}
            >
              Change
            </MenuButton>,
          ],
        })}
      />
      {made?.password && <Secret title={`One-time password of ${made.user.name}`} text={made.password} onClose={() => setMade(undefined)} />}
      {deleting && (
        <Confirm title={`Delete ${deleting.name}`} verb="Delete" onNo={() => setDeleting(undefined)} onYes={() => { setDeleting(undefined); void query.change("User deleted", () => remove(route(deleting))); }}>
          The sessions and API keys of {deleting.name} end at once. The audit log keeps what was done.
        </Confirm>
      )}
    </>
  );
}
