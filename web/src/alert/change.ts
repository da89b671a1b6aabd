import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { changeAlerts, renewAlerts } from "../api/queries";
import type { AlertChange } from "../api/types";
import { notify } from "../parts/Notices";
import { counted } from "../parts/number";
import { reason } from "../parts/state";

export const closeReasons: readonly string[] = ["True positive, dealt with", "Expected activity", "False positive", "Test"];

/** useChange changes alerts and renews what shows them; false when it failed. */
export function useChange(): (ids: string[], change: AlertChange) => Promise<boolean> {
  const client = useQueryClient();
  return useCallback(
    async (ids, change) => {
      try {
        for (let i = 0; i < ids.length; i += 1000) await changeAlerts(ids.slice(i, i + 1000), change);
        notify(`${said(change)}: ${counted(ids.length, "alert")}`);
        renewAlerts(client);
        return true;
      } catch (e) {
        notify(`Not changed. ${reason(e)}`, "bad");
        return false;
      }
    },
    [client],
  );
}

function said(c: AlertChange): string {
  if (c.status === "acknowledged") return "Acknowledged";
  if (c.status === "closed") return "Closed";
  if (c.status === "new") return "Opened again";
  if (c.assignee !== undefined) return c.assignee === "" ? "Nobody assigned" : `Assigned to ${c.assignee}`;
  return "Noted";
}
