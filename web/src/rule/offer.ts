// Which values of events can become indicators, and as which type.

/** indicatorType returns the type that a value of a field has as an indicator; undefined when it is none. */
export function indicatorType(field: string, value: string): string | undefined {
  const f = field.toLowerCase();
  if (/(^|\.)hash\.(md5|sha1|sha256|tlsh)$/.test(f)) return f.split(".").pop();
  if (/(^|\.)ip$/.test(f)) return /^(127\.|0\.0\.0\.0|::1?$)/.test(value) ? undefined : "ip";
  if (/(^|\.)domain$|^dns\.question\.name$/.test(f)) return value.includes(".") ? "domain" : undefined;
  if (/^url\.(full|original)$/.test(f)) return "url";
  if (/^(process\.executable|process\.script|file\.(path|name|target_path))$/.test(f)) return value.endsWith("/") ? undefined : "filename";
  return undefined;
}
