import { useSyncExternalStore } from "react";

const query = matchMedia("(min-width: 1200px)");

/** useWide reports whether the window has room for the columns of second rank. */
export function useWide(): boolean {
  return useSyncExternalStore(
    (call) => {
      query.addEventListener("change", call);
      return () => query.removeEventListener("change", call);
    },
    () => query.matches,
  );
}
