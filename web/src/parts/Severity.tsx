// Severity has a shape and a letter beside its colour, so that it can be told
// without seeing hues.

import type { Level } from "../api/types";

const shapes: Record<Level, { letter: string; word: string; ink: string; fill: boolean; d: string }> = {
  critical: { letter: "C", word: "Critical", ink: "text-critical", fill: true, d: "M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" },
  high: { letter: "H", word: "High", ink: "text-high", fill: true, d: "M8 .8 15.6 15H.4z" },
  medium: { letter: "M", word: "Medium", ink: "text-medium", fill: true, d: "M8 .4 15.6 8 8 15.6.4 8z" },
  low: { letter: "L", word: "Low", ink: "text-low", fill: false, d: "M2 2h12v12H2z" },
  informational: { letter: "I", word: "Info", ink: "text-informational", fill: false, d: "M8 14.5A6.5 6.5 0 1 0 8 1.5a6.5 6.5 0 0 0 0 13z" },
};

export const word = (level: Level) => shapes[level]?.word ?? level;

/** SeverityMark is shape and letter; `wide` adds the word. */
export function SeverityMark({ level, wide = false, size = 16 }: { level: Level; wide?: boolean; size?: number }) {
  const s = shapes[level] ?? shapes.informational;
  return (
    <span className={`inline-flex items-center gap-1.5 align-middle ${s.ink}`} title={wide ? undefined : s.word}>
      <svg width={size} height={size} viewBox="0 0 16 16" role="img" aria-label={s.word} className="shrink-0">
        <path d={s.d} fill={s.fill ? "currentColor" : "none"} stroke="currentColor" strokeWidth={s.fill ? 0 : 1.5} />
        <text
          x="8" y={level === "high" ? 13.2 : 11.4} textAnchor="middle" fontSize={level === "high" ? 8 : 9} fontWeight="700"
          fill={s.fill ? "var(--color-panel)" : "currentColor"} aria-hidden="true"
        >
          {s.letter}
        </text>
      </svg>
      {wide && <span className="font-medium">{s.word}</span>}
    </span>
  );
}

/** Shape alone, for nodes of drawings. */
export function severityPath(level: Level): { d: string; fill: boolean } {
  const s = shapes[level] ?? shapes.informational;
  return { d: s.d, fill: s.fill };
}
