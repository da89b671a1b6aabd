// Dark or light: the system's, or what the person chose.

export type Theme = "system" | "dark" | "light";

const name = "vedette.theme";

export function theme(): Theme {
  const t = localStorage.getItem(name);
  return t === "dark" || t === "light" ? t : "system";
}

export function setTheme(t: Theme): void {
  if (t === "system") {
    localStorage.removeItem(name);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(name, t);
    document.documentElement.dataset.theme = t;
  }
  window.dispatchEvent(new Event("vedette:theme"));
}

/** onTheme calls back when the colours change, by choice or by the system. */
export function onTheme(call: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", call);
  window.addEventListener("vedette:theme", call);
  return () => {
    system.removeEventListener("change", call);
    window.removeEventListener("vedette:theme", call);
  };
}

/** color resolves a token to what a canvas understands. */
export function color(token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--color-${token})`;
  document.body.append(probe);
  const c = getComputedStyle(probe).color;
  probe.remove();
  return c;
}
