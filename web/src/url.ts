// What the pages read from the URL and how they change it.

import { useNavigate, useParams, useRouterState, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { Params } from "./router";
import { readRange, type Range } from "./time/range";

export type { Params };

/** useUrl returns the search parameters. */
export function useUrl(): Params {
  return useSearch({ strict: false }) as Params;
}

/** useId returns the id in the path, of the alert, host or event that is open. */
export function useId(): string | undefined {
  return (useParams({ strict: false }) as { id?: string }).id;
}

export function useRange(): Range {
  const { from, to } = useUrl();
  return useMemo(() => readRange(from, to), [from, to]);
}

export function usePath(): string {
  return useRouterState({ select: (s) => s.location.pathname });
}

export interface Go {
  /** set changes parameters of the page; undefined takes one away. */
  set(change: Partial<Record<keyof Params, string | undefined>>, replace?: boolean): void;
  /** to goes to another page; of the parameters only the range stays. */
  to(path: string, params?: Params): void;
  /** at changes the path and keeps all parameters. */
  at(path: string, replace?: boolean): void;
}

export function useGo(): Go {
  const navigate = useNavigate();
  const set = useCallback<Go["set"]>(
    (change, replace = false) => void navigate({ to: ".", search: (old: Params) => ({ ...old, ...change }), replace } as never),
    [navigate],
  );
  const to = useCallback<Go["to"]>(
    (path, params = {}) =>
      void navigate({ to: path, search: (old: Params) => ({ from: old.from, to: old.to, ...params }) } as never),
    [navigate],
  );
  const at = useCallback<Go["at"]>((path, replace = false) => void navigate({ to: path, search: true, replace } as never), [navigate]);
  return useMemo(() => ({ set, to, at }), [set, to, at]);
}
