// Settings: the own account and keys; users, enrolment tokens and policies for admins.

import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMay } from "../session/gate";
import { Account } from "../settings/Account";
import { Keys } from "../settings/Keys";
import { Policies } from "../settings/Policies";
import { Tokens } from "../settings/Tokens";
import { Users } from "../settings/Users";
import { NotFound } from "../shell/NotFound";

const parts: readonly { id: string; title: string; admin: boolean; page: () => ReactNode }[] = [
  { id: "account", title: "Account", admin: false, page: () => <Account /> },
  { id: "keys", title: "API keys", admin: false, page: () => <Keys /> },
  { id: "users", title: "Users", admin: true, page: () => <Users /> },
  { id: "tokens", title: "Enrolment", admin: true, page: () => <Tokens /> },
  { id: "policies", title: "Policies", admin: false, page: () => <Policies /> },
];

export function Settings() {
  const { part } = useParams({ strict: false }) as { part?: string };
  const admin = useMay("admin");
  const here = parts.find((p) => p.id === part);
  if (!here) return <NotFound />;
  return (
    <div className="flex min-h-0 flex-1">
      <nav aria-label="Settings" className="w-44 shrink-0 border-r border-line bg-panel py-2">
        {parts.filter((p) => admin || !p.admin).map((p) => (
          <Link key={p.id} to={`/settings/${p.id}`} aria-current={p === here ? "page" : undefined} className={`flex h-8 items-center px-4 ${p === here ? "bg-chosen font-medium" : "text-soft hover:bg-hover hover:text-ink"}`}>{p.title}</Link>
        ))}
      </nav>
      <div className="min-h-0 min-w-0 flex-1 overflow-y-auto p-6">
        <h1 className="mb-4 text-xl font-semibold">{here.title}</h1>
        {here.admin && !admin ? <p className="text-soft">This needs the role admin.</p> : here.page()}
      </div>
    </div>
  );
}
