import { useQueryClient } from "@tanstack/react-query";
import { session as askSession } from "../api/queries";
import { notify } from "../parts/Notices";
import { Facts } from "../parts/Panel";
import { When } from "../parts/When";
import { useSession } from "../session/gate";
import { PasswordForm } from "../session/login";

export function Account() {
  const s = useSession();
  const client = useQueryClient();
  return (
    <div className="max-w-md">
      <Facts rows={[["User", s.user], ["Role", s.role], ["Session ends", <When key="e" at={s.expires} form="stamp" />], ["If not used", <When key="i" at={s.idle_ends} form="stamp" />]]} />
      <h2 className="mt-6 mb-1 text-lg font-semibold">Password</h2>
      <p className="mb-3 text-soft">Your other sessions end when you change it.</p>
      <PasswordForm oldLabel="Password" done={(next) => { client.setQueryData(askSession().queryKey, next); notify("Password changed"); }} />
    </div>
  );
}
