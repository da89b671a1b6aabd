import { useQuery } from "@tanstack/react-query";
import { tree } from "../api/queries";
import { counted } from "../parts/number";
import { Empty, Failed, Skeleton } from "../parts/state";
import { TreeView } from "./TreeView";

interface Props {
  eventId: string;
  focus?: string | undefined;
  alertEntity?: string | undefined; // process of the alert that is looked at
  chosen?: string | undefined;
  onChoose?(entity: string | undefined): void;
  most?: number; // pixels of height; absent: as high as the place
}

/** TreeOf loads and shows the process tree around an event. */
export function TreeOf({ eventId, focus, alertEntity, chosen, onChoose, most }: Props) {
  const { data, error, refetch } = useQuery({ ...tree(eventId), placeholderData: undefined });
  if (error && !data) return <Failed small what="The process tree could not be loaded" error={error} retry={() => void refetch()} />;
  if (!data) return <div className="p-3" role="status" aria-label="Loading"><Skeleton className="mb-3 h-6 w-40" /><Skeleton className="ml-48 h-6 w-40" /></div>;
  if (data.nodes.length === 0) return <Empty title="No process is known for this event">The event has none, or its process started before the agent did.</Empty>;
  return (
    <div className={`flex flex-col ${most === undefined ? "h-full" : ""}`}>
      <TreeView tree={data} focus={focus ?? data.focus} alertEntity={alertEntity} chosen={chosen} onChoose={onChoose} most={most} />
      {data.truncated && <p className="shrink-0 border-t border-line px-3 py-0.5 text-sm text-warn">The tree is larger: {counted(data.nodes.length, "process", "processes")} of it are loaded.</p>}
    </div>
  );
}
