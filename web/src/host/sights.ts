// Joins the rows of a host's telemetry with its sensors.

import type { Host } from "../api/types";

type Row = NonNullable<Host["rows"]>[number];
type Sensor = Host["sensors"][number];

export interface Sight {
  name: string;
  sources: string[]; // sensor.rung
  better: string[]; // sensor.rung
  since: string | undefined;
  events: number;
  lost: number;
}

/** sight says what sees a row now. The rows come less often than the sensors. */
export function sight(r: Row, sensors: readonly Sensor[]): Sight {
  const mine = (r.sensors ?? []).flatMap((name) => sensors.filter((s) => s.name === name));
  return {
    name: r.name,
    sources: r.sources ?? [],
    better: mine.flatMap((s) => (s.better ?? []).map((b) => `${s.name}.${b.rung}`)),
    since: r.since,
    events: r.events,
    lost: r.lost,
  };
}

/** lacks lists in sentences what better sources lack, and what those in use do not see. */
export function lacks(sensors: readonly Sensor[]): { source: string; text: string }[] {
  return sensors.flatMap((s) => [
    ...(s.better ?? []).map((b) => ({ source: `${s.name}.${b.rung}`, text: `Not in use: ${b.why || "not tried yet"}.${b.needs ? ` It needs ${b.needs}.` : ""}` })),
    ...(s.rung !== "" && s.unseen ? [{ source: `${s.name}.${s.rung}`, text: `Does not see: ${s.unseen}.` }] : []),
  ]);
}
