import { Link } from "@tanstack/react-router";
import { Empty } from "../parts/state";

export function NotFound() {
  return (
    <Empty title="There is no such page" action={<Link to="/" className="control">To the overview</Link>}>
      The link may be older than this console, or cut.
    </Empty>
  );
}
