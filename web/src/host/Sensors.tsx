import type { Host } from "../api/types";

type Sensor = Host["sensors"][number];

/** Sensors shows each sensor as a mark: filled works, hollow does not. */
export function Sensors({ sensors }: { sensors: readonly Sensor[] }) {
  if (sensors.length === 0) return <span className="text-faint">not told</span>;
  const down = sensors.filter((s) => s.rung === "");
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={sensors.map((s) => `${s.name}: ${s.rung || "none works"}${s.reason ? ` (${s.reason})` : ""}`).join("\n")}>
      <span className={down.length > 0 ? "text-bad" : ""}>{sensors.length - down.length}/{sensors.length}</span>
      <span className="truncate text-soft">{[...new Set(sensors.map((s) => s.rung).filter(Boolean))].join(", ") || "none works"}</span>
    </span>
  );
}
