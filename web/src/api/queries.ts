// What the screens ask the manager, as queries of TanStack Query. Moving
// ranges change with the clock; the last answer stays until the next is there.

import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import type { Span } from "../time/range";
import { get, patch, post, Problem, type Query } from "./client";
import type {
  Alert, AlertChange, AlertDetail, AlertGroups, AlertList, Completeness, CountAnswer, EventDetail, EventList, FieldList, Histogram, Host, HostList,
  GroupList, IOC, IOCChanged, IOCList, IOCRemoval, IOCTested, Overview, RuleChange, RuleChanged, RuleDetail, RuleList, RuleVersions, Session, TaskAnswer, TaskList, Timeline, Track, TrackList, Tree, ValueList,
} from "./types";

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        placeholderData: keepPreviousData,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
        retryDelay: (n) => 400 * 2 ** n,
      },
    },
  });
}

/** over writes the instants of a range for a request. */
export function over(s: Span): Query {
  return { from: s.from.toISOString(), to: s.to.toISOString() };
}

function ask<T>(route: string, query: Query = {}, stays = false) {
  return queryOptions({
    queryKey: [route, query],
    queryFn: ({ signal }) => get<T>(route, query, signal),
    ...(stays ? { staleTime: Infinity } : {}),
  });
}

const one = (route: string, id: string) => `/${route}/${encodeURIComponent(id)}`;

export const session = () => ({ ...ask<Session>("/session"), retry: false, staleTime: Infinity });
export const overview = (s: Span) => ask<Overview>("/overview", over(s));

export interface AlertFilter {
  status?: string | undefined;
  level?: string | undefined;
  host?: string | undefined;
  rule?: string | undefined;
  process?: string | undefined;
  assignee?: string | undefined;
  text?: string | undefined;
  sort?: string | undefined;
}

export const alerts = (s: Span, f: AlertFilter, limit = 2000) => ask<AlertList>("/alerts", { ...over(s), ...f, limit });
export const alertPages = (s: Span, f: AlertFilter) =>
  infiniteQueryOptions({
    queryKey: ["/alerts", "pages", over(s), f],
    queryFn: ({ pageParam, signal }) => get<AlertList>("/alerts", { ...over(s), ...f, cursor: pageParam, limit: 1000 }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });
export const openAlerts = () => ask<AlertList>("/alerts", { status: "open", limit: 1 });
export const alertGroups = (s: Span, f: AlertFilter) => ask<AlertGroups>("/alerts/groups", { ...over(s), ...f, limit: 2000 });
export const alert = (id: string) => ({ ...ask<AlertDetail>(one("alerts", id)), placeholderData: undefined });
export const timeline = (id: string, around: string, scope: string) => ask<Timeline>(`${one("alerts", id)}/timeline`, { around, scope, limit: 1000 });

export const hosts = (text = "") => ask<HostList>("/hosts", { text });
export const host = (id: string) => ask<Host>(one("hosts", id));
export const tracks = (s: Span) => ask<TrackList>("/completeness", over(s));
export const track = (id: string, s: Span) => ask<Track>(`${one("hosts", id)}/completeness`, over(s));

export const fields = () => ask<FieldList>("/fields", {}, true);
export const values = (field: string, s: Span, prefix: string) => ask<ValueList>(`${one("fields", field)}/values`, { ...over(s), prefix, limit: 30 });

export interface EventFilter {
  query?: string | undefined;
  host?: string | undefined;
  kind?: string | undefined;
}

export const searchPage = (s: Span, f: EventFilter, sort: string, cursor: string, signal?: AbortSignal, limit = 500) =>
  get<EventList>("/events/search", { ...over(s), ...f, sort, cursor, limit }, signal);
export const count = (s: Span, f: EventFilter, by: readonly string[], limit: number) => ask<CountAnswer>("/events/count", { ...over(s), ...f, by, limit });
export const histogram = (s: Span, f: EventFilter, buckets: number) => ask<Histogram>("/events/histogram", { ...over(s), ...f, buckets });
export const event = (id: string) => ({ ...ask<EventDetail>(one("events", id), {}, true), placeholderData: undefined });
export const tree = (id: string, limit = 1000) => ask<Tree>(`${one("events", id)}/tree`, { limit });

export const groups = () => ask<GroupList>("/groups");

export const rules = () => ask<RuleList>("/rules");
export const rule = (id: string) => ({ ...ask<RuleDetail>(one("rules", id)), placeholderData: undefined });
export const ruleVersions = () => ask<RuleVersions>("/rules/versions");
export const changeRules = (c: RuleChange) => post<RuleChanged>("/rules/changes", c);
export const rollBack = (version: number) => post<RuleChanged>(`/rules/versions/${version}/rollback`, {});

export interface IOCFilter {
  search?: string | undefined;
  type?: string | undefined;
  source?: string | undefined;
  expired?: boolean | undefined;
}

export const iocPages = (f: IOCFilter) =>
  infiniteQueryOptions({
    queryKey: ["/iocs", "pages", f],
    queryFn: ({ pageParam, signal }) => get<IOCList>("/iocs", { ...f, cursor: pageParam, limit: 500 }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });
export const addIOCs = (add: IOC[], comment: string) => post<IOCChanged>("/iocs", { add, comment });
export const removeIOCs = (r: IOCRemoval) => post<IOCChanged>("/iocs/remove", r);
export const testIOCs = (values: string[]) => post<IOCTested>("/iocs/test", { values });

/** renewIOCs has what to ask again after indicators have changed. */
export function renewIOCs(client: QueryClient): void {
  void client.invalidateQueries({ predicate: (q) => String(q.queryKey[0]).startsWith("/iocs") });
}

export const tasks = (q: { host?: string; alert?: string }) => ask<TaskList>("/tasks", { ...q, limit: 100 });

export interface NewTask {
  action: "kill" | "suspend" | "selftest";
  host_id?: string;
  event_id?: string;
  alert_id?: string;
  entity_id?: string;
  reason?: string;
  preview?: boolean;
}

export const giveTask = (t: NewTask) => post<TaskAnswer>("/tasks", t);
export const changeAlerts = (ids: string[], change: AlertChange) => patch<AlertList>("/alerts", { ids, change });
export const changeAlert = (id: string, change: AlertChange) => patch<Alert>(one("alerts", id), change);

/** renewed has what to ask again after alerts have changed. */
export function renewAlerts(client: QueryClient): void {
  void client.invalidateQueries({
    predicate: (q) => typeof q.queryKey[0] === "string" && /^\/(alerts|overview|tasks)/.test(q.queryKey[0]),
  });
}

export type { Completeness };
