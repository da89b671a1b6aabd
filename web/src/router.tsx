// Routes and the state in the URL. Search parameters are plain text, so that
// a link can be read and written by hand.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, retainSearchParams } from "@tanstack/react-router";
import { Shell } from "./shell/Shell";
import { NotFound } from "./shell/NotFound";

/** Params are the search parameters of every page; what a page does not know it leaves alone. */
export interface Params {
  from?: string;
  to?: string;
  q?: string; // condition
  tab?: string;
  status?: string;
  level?: string;
  host?: string;
  rule?: string;
  text?: string;
  assignee?: string;
  sort?: string;
  group?: string;
  cols?: string; // chosen columns of search, with commas
  by?: string; // fields to count by, with commas
  event?: string; // id of the event that is open
  kind?: string;
  node?: string; // process that is open in a tree
}

const names: readonly (keyof Params)[] = [
  "from", "to", "q", "tab", "status", "level", "host", "rule", "text", "assignee", "sort", "group", "cols", "by", "event", "kind", "node",
];

export function parseParams(search: string): Params {
  const given = new URLSearchParams(search);
  const out: Params = {};
  for (const n of names) {
    const v = given.get(n);
    if (v !== null && v !== "") out[n] = v;
  }
  return out;
}

export function writeParams(params: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const n of names) {
    const v = params[n];
    if (typeof v === "string" && v !== "") out.set(n, v);
  }
  const text = out.toString();
  return text === "" ? "" : `?${text}`;
}

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: (s: Record<string, unknown>): Params => s as Params,
  search: { middlewares: [retainSearchParams(["from", "to"])] },
});

const page = (path: string, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load as never, name as never) });

const overview = createRoute({ getParentRoute: () => root, path: "/", component: lazyRouteComponent(() => import("./pages/overview"), "Overview") });
const alerts = page("/alerts/{-$id}", () => import("./pages/alerts"), "Alerts");
const hosts = page("/hosts/{-$id}", () => import("./pages/hosts"), "Hosts");
const search = page("/search", () => import("./pages/search"), "Search");
const live = page("/live", () => import("./pages/live"), "Live");
const tree = page("/tree/$id", () => import("./pages/tree"), "ProcessTree");
const rules = page("/rules/{-$id}", () => import("./pages/rules"), "Rules");
const iocs = page("/iocs", () => import("./pages/iocs"), "IOCs");
const settings = page("/settings/$part", () => import("./pages/settings"), "Settings");
const settingsIndex = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$part", params: { part: "account" } } as never);
  },
});

export function makeRouter() {
  return createRouter({
    routeTree: root.addChildren([overview, alerts, hosts, search, live, tree, rules, iocs, settings, settingsIndex]),
    parseSearch: (s) => parseParams(s) as Record<string, unknown>,
    stringifySearch: writeParams,
    defaultPreload: "intent",
    defaultPendingMinMs: 0,
  });
}
