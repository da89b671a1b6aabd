// The history of the rules: every version with who, when and why, and the way
// back to it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { rollBack, ruleVersions } from "../api/queries";
import { Dialog } from "../parts/Dialog";
import { notify } from "../parts/Notices";
import { counted } from "../parts/number";
import { Failed, reason, SkeletonRows } from "../parts/state";
import { When } from "../parts/When";
import { useMay } from "../session/gate";

export function History({ inForce, onClose }: { inForce: number | undefined; onClose(): void }) {
  const admin = useMay("admin");
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(ruleVersions());
  const [chosen, setChosen] = useState<number>();
  const back = async (version: number) => {
    try {
      const done = await rollBack(version);
      notify(`The stored rules of version ${version} are in force as version ${done.version}`);
      await client.invalidateQueries({ predicate: (q) => String(q.queryKey[0]).startsWith("/rules") });
      onClose();
    } catch (e) {
      notify(`Not changed. ${reason(e)}`, "bad");
    }
  };
  return (
    <Dialog title="History of the rules" onClose={onClose} wide>
      <p className="mb-3 max-w-prose text-soft">Each change is a version. To go back puts the stored rules of a version in force as a new one; rules of the release and of the folder stay as they are.</p>
      {error && !data ? <Failed what="The history could not be loaded" error={error} retry={() => void refetch()} /> : !data ? <SkeletonRows rows={5} /> : (
        <ol aria-label="Versions">
          {data.versions.map((v) => (
            <li key={v.version} className="flex items-start gap-3 border-b border-line py-1.5">
              <span className="w-8 shrink-0 text-right font-medium">{v.version}</span>
              <span className="min-w-0 flex-1">
                <span className="block truncate" title={v.comment}>{v.comment || <span className="text-faint">no comment</span>}</span>
                <span className="block text-sm text-soft">{v.by}, <When at={v.at} form="stamp" />, {counted(v.rules, "rule")}, {counted(v.files, "stored file")}</span>
              </span>
              {v.version === inForce ? <span className="text-good">in force</span> : admin && (chosen === v.version
                ? <button type="button" className="control danger" onClick={() => void back(v.version)}>Put version {v.version} in force</button>
                : <button type="button" className="control" onClick={() => setChosen(v.version)}>Go back to it</button>)}
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
