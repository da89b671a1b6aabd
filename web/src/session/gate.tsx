// Who is logged in. Nothing of the console is shown before that is known.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, type ReactNode } from "react";
import { onLoggedOut, Problem } from "../api/client";
import { session } from "../api/queries";
import type { Session } from "../api/types";
import { Failed } from "../parts/state";
import { FirstPassword, Login } from "./login";

const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const s = useContext(SessionContext);
  if (!s) throw new Error("useSession outside of Gate");
  return s;
}

const ranks = ["viewer", "analyst", "admin"];

/** useMay reports whether the person may do what needs a role. */
export function useMay(role: "analyst" | "admin"): boolean {
  return ranks.indexOf(useSession().role) >= ranks.indexOf(role);
}

export function Gate({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, refetch, isPending } = useQuery(session());
  useEffect(
    () =>
      onLoggedOut(() => {
        // Another answer has said so: a second round would take the login form
        // away while somebody types into it.
        if (client.getQueryData(session().queryKey) === undefined) return;
        // The session is over: forget what it showed, ask who is there.
        client.clear();
        void refetch();
      }),
    [client, refetch],
  );
  const done = (s: Session) => client.setQueryData(session().queryKey, s);
  if (isPending) return null;
  if (error instanceof Problem && error.status === 401) return <Login done={done} />;
  if (error) {
    return (
      <main className="mx-auto mt-[20vh] max-w-xl">
        <Failed what="The console cannot reach its manager" error={error} retry={() => void refetch()} />
      </main>
    );
  }
  if (data?.must_change) return <FirstPassword session={data} done={done} />;
  return <SessionContext value={data}>{children}</SessionContext>;
}
