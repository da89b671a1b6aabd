import { Link } from "@tanstack/react-router";

const subjects = [
  { id: "rules", to: "/rules", title: "Rules" },
  { id: "iocs", to: "/iocs", title: "Indicators" },
] as const;

/** Subjects switches between rules and indicators, which are one place of the rail. */
export function Subjects({ here }: { here: (typeof subjects)[number]["id"] }) {
  return (
    <nav aria-label="What is looked for" className="flex">
      {subjects.map((s, i) => (
        <Link
          key={s.id} to={s.to} aria-current={s.id === here ? "page" : undefined}
          className={`control -ml-px ${i === 0 ? "rounded-r-none!" : "rounded-l-none!"} ${s.id === here ? "relative z-[1] border-accent! bg-chosen!" : "text-soft"}`}
        >
          {s.title}
        </Link>
      ))}
    </nav>
  );
}
