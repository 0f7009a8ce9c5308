/** Stands where the stream is silent: what happened last, or how to make something happen. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Radio } from "lucide-react";
import { Link } from "react-router";
import { tracesQuery } from "../../api/queries";
import { StatusBadge } from "../../ui/Badge";
import { Empty } from "../../ui/Notice";
import { Time } from "../../ui/Time";

const FEW = 5;

export function Quiet({ filtered }: { filtered: boolean }) {
  const { data } = useInfiniteQuery(tracesQuery({}, FEW));
  const latest = data?.pages[0]?.items ?? [];
  return (
    <Empty
      icon={Radio}
      title={
        filtered
          ? "Nothing that fits the filters has happened in the last minutes"
          : "Nothing has happened in the last minutes"
      }
    >
      <p>What agents do shows here as it happens.</p>
      {data && latest.length === 0 && (
        <>
          <p>To see something now:</p>
          <pre>telemetron demo</pre>
        </>
      )}
      {latest.length > 0 && (
        <section className="stack live-latest" aria-label="The latest traces">
          <h3>The latest traces</h3>
          <ul>
            {latest.map((trace) => (
              <li key={trace.trace_id} className="row">
                <Link className="grow clip" to={`/traces/${trace.trace_id}`}>
                  {trace.name ?? trace.trace_id.slice(0, 12)}
                </Link>
                <StatusBadge status={trace.status} stuck={trace.stuck} />
                <span className="quiet">
                  <Time at={trace.last_seen} as="ago" />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Empty>
  );
}
