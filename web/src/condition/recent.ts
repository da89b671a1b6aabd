// The person's recent conditions, kept by the browser.

const name = "vedette.recent";
const most = 20;

export function recent(): string[] {
  try {
    const v: unknown = JSON.parse(localStorage.getItem(name) ?? "[]");
    return Array.isArray(v) ? v.filter((x): x is string => typeof x === "string") : [];
  } catch {
    return [];
  }
}

export function remember(condition: string): void {
  const c = condition.trim();
  if (c === "") return;
  localStorage.setItem(name, JSON.stringify([c, ...recent().filter((x) => x !== c)].slice(0, most)));
}
