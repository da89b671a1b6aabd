// Loading, empty and failed: the three states that are no data.

import type { ReactNode } from "react";
import { Problem } from "../api/client";
import { Icon } from "./Icon";

export function Skeleton({ className = "" }: { className?: string }) {
  return <span aria-hidden="true" className={`skeleton block ${className}`} />;
}

/** SkeletonRows stands where a list will be. */
export function SkeletonRows({ rows = 12 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="px-3">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="flex h-7 items-center gap-3 border-b border-line">
          <Skeleton className="h-3 w-4" />
          <Skeleton className="h-3 w-24" />
          <Skeleton className="h-3 flex-1" />
          <Skeleton className="h-3 w-16" />
        </div>
      ))}
    </div>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <p className="font-medium">{title}</p>
      {children && <p className="max-w-md text-soft">{children}</p>}
      {action}
    </div>
  );
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Failed says what failed and why, and offers to try again. */
export function Failed({ what, error, retry, small = false }: { what: string; error: unknown; retry?: () => void; small?: boolean }) {
  const status = error instanceof Problem && error.status ? ` (${error.status})` : "";
  return (
    <div role="alert" className={`flex gap-2 ${small ? "p-3" : "m-3 rounded border border-line bg-panel p-4"}`}>
      <Icon name="alerts" className="mt-0.5 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{what}{status}</p>
        <p className="break-words text-soft">{reason(error)}</p>
      </div>
      {retry && (
        <button type="button" className="control" onClick={retry}>
          <Icon name="refresh" size={14} /> Retry
        </button>
      )}
    </div>
  );
}

/** Stale marks data that could not be renewed. */
export function Stale({ error }: { error: unknown }) {
  return (
    <p role="status" className="flex items-center gap-2 border-b border-line bg-raised px-3 py-1 text-sm text-warn">
      <Icon name="clock" size={14} /> Not up to date: {reason(error)}
    </p>
  );
}
