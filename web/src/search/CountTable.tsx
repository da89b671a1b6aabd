import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { count, type EventFilter } from "../api/queries";
import type { CountAnswer } from "../api/types";
import { predicate } from "../condition/token";
import { CompletenessLine } from "../host/Track";
import { exact } from "../parts/number";
import { Empty, Failed, SkeletonRows } from "../parts/state";
import { Value } from "../parts/Value";
import { Table, type Column } from "../table/Table";
import type { Span } from "../time/range";

type Row = CountAnswer["rows"][number];

const rowKey = (r: Row) => r.values.join("\u0000");

/** CountTable counts the events by the values of fields. */
export function CountTable({ span, filter, by, onFilter }: { span: Span; filter: EventFilter; by: readonly string[]; onFilter(p: string): void }) {
  const { data, error, refetch, isPending } = useQuery(count(span, filter, by, 1000));
  const [cursor, setCursor] = useState<string>();
  const columns = useMemo((): Column<Row>[] => {
    const total = Math.max(1, data?.total ?? 1);
    return [
      { id: "count", title: "Events", width: "100px", right: true, cell: (r) => exact(r.count) },
      { id: "part", title: "Part", width: "72px", right: true, cell: (r) => <span className="text-soft">{((100 * r.count) / total).toFixed(1)} %</span> },
      ...by.map((f, i): Column<Row> => ({ id: f, title: f, width: "minmax(140px,1fr)", cell: (r) => (r.values[i] ? <Value field={f} value={r.values[i]} className="font-mono" /> : <span className="text-faint">absent</span>) })),
    ];
  }, [by, data?.total]);
  if (error && !data) return <Failed what="The events could not be counted" error={error} retry={() => void refetch()} />;
  return (
    <>
      {isPending ? <SkeletonRows /> : !data || data.rows.length === 0 ? <div className="flex-1 bg-panel"><Empty title="No events to count">Nothing in this range meets the condition.</Empty></div> : (
        <Table
          label={`Events by ${by.join(", ")}`} rows={data.rows} rowKey={rowKey} columns={columns} cursor={cursor} onCursor={setCursor}
          onOpen={(k) => {
            const values = k.split("\u0000");
            const given = by.flatMap((f, i) => (values[i] ? [predicate(f, "=", values[i])] : []));
            if (given.length > 0) onFilter(given.join(" and "));
          }}
          end={data.more > 0 ? <p className="px-3 py-2 text-sm text-soft">{exact(data.more)} more rows with smaller counts are not shown.</p> : undefined}
        />
      )}
      <CompletenessLine value={data?.completeness} />
    </>
  );
}
