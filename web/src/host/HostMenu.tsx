import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, patch, remove } from "../api/client";
import { giveTask } from "../api/queries";
import type { GroupList, Host } from "../api/types";
import { MenuButton, type Entry } from "../parts/Menu";
import { notify } from "../parts/Notices";
import { reason } from "../parts/state";
import { copy } from "../parts/Value";
import { useMay } from "../session/gate";
import { Confirm } from "../settings/parts";

/** HostMenu is what an admin can do with a host. */
export function HostMenu({ host: h, onGone }: { host: Host; onGone(): void }) {
  const admin = useMay("admin");
  const may = useMay("analyst");
  const client = useQueryClient();
  const [forgetting, setForgetting] = useState(false);
  const groups = useQuery({ queryKey: ["/groups"], queryFn: ({ signal }) => get<GroupList>("/groups", {}, signal), enabled: admin });
  const route = `/hosts/${encodeURIComponent(h.id)}`;
  const change = async (what: string, call: () => Promise<unknown>): Promise<boolean> => {
    try {
      await call();
      notify(what);
      return true;
    } catch (e) {
      notify(`Not done. ${reason(e)}`, "bad");
      return false;
    } finally {
      void client.invalidateQueries({ predicate: (q) => /^\/(hosts|groups|overview|tasks)/.test(String(q.queryKey[0])) });
    }
  };
  const none = admin ? {} : { disabled: "Needs the role admin" };
  return (
    <>
      <MenuButton
        label="More" className="control quiet"
        entries={[
          { label: "Copy the id", icon: "copy", run: () => void copy(h.id) },
          { label: "Take the self-exam", icon: "rules", disabled: may ? undefined : "Needs the role analyst", run: () => void change(`${h.name} takes its self-exam`, () => giveTask({ action: "selftest", host_id: h.id })) },
          "line",
          { heading: "Group" },
          ...(groups.data?.groups ?? [{ name: h.group }]).map((g): Entry => ({ label: g.name, checked: g.name === h.group, ...none, run: () => void change(`${h.name} is in ${g.name}`, () => patch(route, { group: g.name })) })),
          "line",
          { label: "Forget this host…", icon: "exclude", danger: true, ...none, run: () => setForgetting(true) },
        ]}
      >
        <span aria-hidden="true" className="px-0.5 font-bold">⋯</span>
      </MenuButton>
      {forgetting && (
        <Confirm
          title={`Forget ${h.name}`} verb="Forget" onNo={() => setForgetting(false)}
          onYes={() => {
            setForgetting(false);
            void change(`${h.name} is forgotten`, () => remove(route)).then((ok) => ok && onGone());
          }}
        >
          Its agent is refused until it enrols again with a token. Its events and alerts stay.
        </Confirm>
      )}
    </>
  );
}
