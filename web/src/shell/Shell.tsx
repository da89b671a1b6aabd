// The frame of every page: rail on the left, bar on top.

import { Link, Outlet } from "@tanstack/react-router";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { openAlerts, renewAlerts } from "../api/queries";
import { stream } from "../api/stream";
import { useKeys } from "../keyboard/keys";
import { Icon, type IconName } from "../parts/Icon";
import { Notices } from "../parts/Notices";
import { exact, short } from "../parts/number";
import { Gate } from "../session/gate";
import { ClockProvider, useClock } from "../time/clock";
import { useGo, usePath } from "../url";
import { Help } from "./Help";
import { TopBar } from "./TopBar";

const places: readonly { to: string; title: string; icon: IconName; key: string }[] = [
  { to: "/", title: "Overview", icon: "overview", key: "g o" },
  { to: "/alerts", title: "Alerts", icon: "alerts", key: "g a" },
  { to: "/hosts", title: "Hosts", icon: "hosts", key: "g h" },
  { to: "/search", title: "Search", icon: "search", key: "g s" },
  { to: "/live", title: "Live", icon: "live", key: "g l" },
  { to: "/rules", title: "Rules", icon: "rules", key: "g r" },
  { to: "/settings", title: "Settings", icon: "settings", key: "g ," },
];

export function Shell() {
  return (
    <Gate>
      <ClockProvider>
        <Frame />
      </ClockProvider>
      <Notices />
    </Gate>
  );
}

function Frame() {
  const go = useGo();
  const [help, setHelp] = useState(false);
  const clock = useClock();
  useKeys({
    ...Object.fromEntries(places.map((p) => [p.key, () => go.to(p.to)])),
    "g i": () => go.to("/iocs"),
    "?": () => setHelp(true),
    p: () => clock.setLive(!clock.live),
    r: () => clock.refresh(),
    "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
  });
  useLiveAlerts(clock.live);
  return (
    <div className="grid h-full grid-cols-[68px_minmax(0,1fr)] grid-rows-[44px_minmax(0,1fr)]">
      <a href="#page" className="sr-only focus:not-sr-only focus:fixed focus:top-1 focus:left-1 focus:z-50 focus:bg-panel focus:p-2">To the page</a>
      <Rail />
      <TopBar onHelp={() => setHelp(true)} />
      <main id="page" tabIndex={-1} className="col-start-2 flex min-h-0 min-w-0 flex-col outline-none">
        <Outlet />
      </main>
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}

function Rail() {
  const path = usePath();
  const open = useOpenAlerts();
  return (
    <nav aria-label="Main" className="row-span-2 flex flex-col border-r border-line bg-panel">
      <Link to="/" className="flex h-11 items-center justify-center" aria-label="Vedette">
        <img src="/icon.svg" alt="" width={26} height={26} />
      </Link>
      {places.map((p) => {
        const here = p.to === "/" ? path === "/" : path.startsWith(p.to) || (p.to === "/alerts" && path.startsWith("/tree")) || (p.to === "/rules" && path.startsWith("/iocs"));
        return (
          <Link
            key={p.to} to={p.to} aria-current={here ? "page" : undefined} title={`${p.title} (${p.key})`}
            className={`relative flex h-[52px] flex-col items-center justify-center gap-0.5 text-xs ${p.to === "/settings" ? "mt-auto mb-1" : ""} ${here ? "bg-chosen text-ink" : "text-soft hover:bg-hover hover:text-ink"}`}
          >
            {here && <span className="absolute inset-y-0 left-0 w-[3px] bg-accent" />}
            <Icon name={p.icon} size={18} />
            {p.title}
            {p.to === "/alerts" && open > 0 && (
              <span className="tnum absolute top-1 right-1.5 rounded-sm bg-raised px-1 text-[10px] leading-[14px] text-ink" title={`${exact(open)} alerts are open`}>{short(open)}</span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}

/** useOpenAlerts counts the alerts of any time that are not closed. */
function useOpenAlerts(): number {
  return useQuery(openAlerts()).data?.total ?? 0;
}

/** useLiveAlerts renews what shows alerts when one comes or changes, at most once a second. */
function useLiveAlerts(live: boolean): void {
  const client = useQueryClient();
  const clock = useClock();
  const refresh = useRef(clock.refresh);
  refresh.current = clock.refresh;
  useEffect(() => {
    if (!live) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = stream.subscribe({
      topics: ["alerts"],
      message: (m) => {
        if (m.type !== "alert" && m.type !== "gap") return;
        timer ??= setTimeout(() => {
          timer = undefined;
          refresh.current();
          renewAlerts(client);
        }, 1000);
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [live, client]);
}
