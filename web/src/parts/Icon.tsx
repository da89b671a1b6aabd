// The icons, drawn for a grid of 16.

const paths = {
  overview: "M2 9h5V2H2zM9 5h5V2H9zM9 14h5V7H9zM2 14h5v-3H2z",
  alerts: "M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.2",
  hosts: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1M8 5h3M8 11h3",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
  live: "M1.5 8h3l2-5 3 10 2-5h3",
  rules: "M3.5 2h9v12h-9zM5.8 5h4.4M5.8 8h4.4M5.8 11h2.4",
  settings: "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 2.8v3.4M6 9.8v3.4",
  person: "M8 7.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.8 14c.4-3 2.5-4.4 5.2-4.4s4.8 1.4 5.2 4.4",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.5 12 13 4.5",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4 6 8l4 4",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3l8 5-8 5z",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.3 1.5",
  copy: "M6 6h7.5v7.5H6zM3.5 10H2.5V2.5H10v1",
  filter: "M2 3h12l-4.5 5.3V13l-3-1.5V8.3z",
  exclude: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM4 8h8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  file: "M4 1.8h5.2L12.5 5v9.2H4zM9 2v3.2h3.3",
  network: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 2 2.6 4 2.6 6S10 12 8 14c-2-2-2.6-4-2.6-6S6 4 8 2z",
  kill: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  suspend: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.5 6v4M9.5 6v4",
  note: "M2.5 3h11v8h-6l-3 2.5V11h-2z",
  expand: "M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z",
  tree: "M2 8h3M5 8V3.5h3M5 8v4.5h3M8 2h5.5v3H8zM8 11h5.5v3H8z",
  link: "M6.5 9.5l3-3M7 4.5l1.8-1.8a2.7 2.7 0 0 1 3.9 3.9L11 8.4M9 11.5l-1.8 1.8a2.7 2.7 0 0 1-3.9-3.9L5 7.6",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.8-4.1M13.5 2v3h-3",
  help: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.2 6.3c0-2.4 3.7-2.3 3.7 0 0 1.4-1.9 1.4-1.9 2.9M8 11.3v.2",
  key: "M5 11.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM7.2 7 13 2.5M10.5 4.5l1.7 2",
  sortUp: "M4.5 9.5 8 6l3.5 3.5",
  sortDown: "M4.5 6.5 8 10l3.5-3.5",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16, className = "" }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={1.3}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" className={`shrink-0 ${className}`}
    >
      <path d={paths[name]} />
    </svg>
  );
}
