import { useQueryClient } from "@tanstack/react-query";
import { remove } from "../api/client";
import { ConditionBox } from "../condition/ConditionBox";
import { Icon } from "../parts/Icon";
import { MenuButton } from "../parts/Menu";
import { useSession } from "../session/gate";
import { useClock, useSpan } from "../time/clock";
import { TimePicker } from "../time/TimePicker";
import { useGo, usePath, useUrl } from "../url";
import { setTheme, theme, type Theme } from "./theme";

const themes: readonly [Theme, string][] = [["system", "As the system"], ["dark", "Dark"], ["light", "Light"]];

export function TopBar({ onHelp }: { onHelp(): void }) {
  const go = useGo();
  const path = usePath();
  const { q = "" } = useUrl();
  const clock = useClock();
  const span = useSpan();
  const own = path === "/search" || path === "/live"; // pages whose condition this is
  const submit = (text: string) => (own ? go.set({ q: text || undefined, event: undefined }) : go.to("/search", text ? { q: text } : {}));
  return (
    <header className="col-start-2 flex items-center gap-2 border-b border-line bg-panel px-3">
      <TimePicker />
      <div className="min-w-0 flex-1">
        <ConditionBox
          value={own ? q : ""} onSubmit={submit} span={span}
          placeholder={path === "/live" ? "Filter the live events: process.name = 'curl'" : "Search events: process.name = 'curl' and user.name != 'root'"}
        />
      </div>
      <button
        type="button" className="control" aria-pressed={clock.live} onClick={() => clock.setLive(!clock.live)}
        title={clock.live ? "What is shown renews itself. Click to hold it still (p)" : "What is shown stands still. Click to go on (p)"}
      >
        {clock.live ? <><span className="size-2 rounded-full bg-good" aria-hidden="true" />Live</> : <><Icon name="pause" size={14} />Paused</>}
      </button>
      <button type="button" className="control quiet" aria-label="Refresh" title="Refresh (r)" onClick={clock.refresh}><Icon name="refresh" /></button>
      <button type="button" className="control quiet" aria-label="Help" title="Keyboard and conditions (?)" onClick={onHelp}><Icon name="help" /></button>
      <Person />
    </header>
  );
}

function Person() {
  const session = useSession();
  const client = useQueryClient();
  const go = useGo();
  const logout = async () => {
    await remove("/session").catch(() => undefined); // an ended session is as good
    client.clear();
    location.assign("/");
  };
  return (
    <MenuButton
      label={`${session.user}, ${session.role}`} className="control quiet"
      entries={() => [
        { heading: `${session.user} · ${session.role}` },
        { label: "Account and password", icon: "key", run: () => go.to("/settings/account") },
        "line",
        { heading: "Colours" },
        ...themes.map(([id, label]) => ({ label, checked: theme() === id, run: () => setTheme(id) })),
        "line",
        { label: "Log out", icon: "close", run: () => void logout() },
      ]}
    >
      <Icon name="person" />
      <span className="hidden max-w-28 truncate wide:inline">{session.user}</span>
    </MenuButton>
  );
}
