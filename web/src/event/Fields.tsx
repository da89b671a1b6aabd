import { lazy, Suspense, useState } from "react";
import { Link } from "@tanstack/react-router";
import type { Event } from "../api/types";
import { Icon } from "../parts/Icon";
import { Skeleton } from "../parts/state";
import { copy, Value } from "../parts/Value";
import { flat, id, mono, text } from "./read";

const Json = lazy(() => import("../parts/Json").then((m) => ({ default: m.Json })));

/** Fields is a whole event: every field with its values, or its JSON. */
export function Fields({ event: e }: { event: Event }) {
  const [json, setJson] = useState(false);
  return (
    <div className="border-t border-line bg-canvas px-4 py-2">
      <div className="mb-1 flex items-center gap-2">
        <button type="button" className="control quiet" aria-pressed={!json} onClick={() => setJson(false)}>Fields</button>
        <button type="button" className="control quiet" aria-pressed={json} onClick={() => setJson(true)}>JSON</button>
        <span className="flex-1" />
        <button type="button" className="control quiet" onClick={() => void copy(JSON.stringify(e, null, 2))}><Icon name="copy" size={13} />Copy</button>
        {text(e, "process.entity_id") && <Link to={`/tree/${id(e)}`} className="control quiet"><Icon name="tree" size={13} />Process tree</Link>}
      </div>
      {json ? <Suspense fallback={<Skeleton className="h-40" />}><Json value={e} bare /></Suspense> : (
        <dl className="grid grid-cols-[minmax(150px,auto)_1fr] gap-x-4">
          {flat(e).map((f) => (
            <div key={f.name} className="contents">
              <dt className="text-soft">{f.name}</dt>
              <dd className="min-w-0">
                {f.values.map((v, i) => (
                  <span key={i}>
                    {i > 0 && <span className="text-faint"> · </span>}
                    <Value field={f.name} value={v} className={`break-all ${mono(f.name) ? "font-mono" : ""}`} />
                  </span>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
