// Numbers as people read them.

/** exact writes a whole number with separators. */
export function exact(n: number): string {
  return Math.round(n).toLocaleString("en");
}

/** short writes a number in at most four characters. */
export function short(n: number): string {
  if (n < 0) return `-${short(-n)}`;
  if (n < 10 && n % 1 !== 0) return n.toFixed(1);
  if (n < 1000) return String(Math.round(n));
  for (const [limit, unit] of [[1e6, "k"], [1e9, "M"], [1e12, "G"]] as const) {
    if (n < limit * 0.9995) {
      const v = n / (limit / 1000);
      return `${v < 9.95 ? v.toFixed(1) : Math.round(v)}${unit}`;
    }
  }
  return n.toExponential(1);
}

/** bytes writes a size. */
export function bytes(n: number): string {
  if (n < 1000) return `${Math.round(n)} B`;
  for (const [limit, unit] of [[1e6, "kB"], [1e9, "MB"], [1e12, "GB"], [1e15, "TB"]] as const) {
    if (n < limit) {
      const v = n / (limit / 1000);
      return `${v < 10 ? v.toFixed(1) : Math.round(v)} ${unit}`;
    }
  }
  return `${n}`;
}

/** counted joins a number with its noun. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${exact(n)} ${n === 1 ? one : many}`;
}
