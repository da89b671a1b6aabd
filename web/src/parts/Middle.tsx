/** Middle cuts a long text in its middle where there is no room: the ends say the most about paths and hashes. */
export function Middle({ text, tail = 24 }: { text: string; tail?: number }) {
  if (text.length <= tail + 8) return <span className="block truncate">{text}</span>;
  return (
    <span className="flex min-w-0" title={text}>
      <span className="min-w-8 truncate whitespace-pre">{text.slice(0, -tail)}</span>
      <span className="shrink-0 whitespace-pre">{text.slice(-tail)}</span>
    </span>
  );
}
