/** Stands where the stream is silent: what happened last, or how to make something happen. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Radio, Unplug } from "lucide-react";
import { Link } from "react-router";
import { tracesQuery } from "../../api/queries";
import { StatusBadge } from "../../ui/Badge";
import { Empty } from "../../ui/Notice";
import { Time } from "../../ui/Time";
import { type Stream, isAway, silenceOf } from "./stream";

const FEW = 5;

interface QuietProps {
  filtered: boolean;
  stream: Stream;
}

export function Quiet({ filtered, stream }: QuietProps) {
  const { data } = useInfiniteQuery(tracesQuery({}, FEW));
  const latest = data?.pages[0]?.items ?? [];
  const away = isAway(stream);
  const { title, text } = silenceOf(stream, filtered);
  return (
    <Empty icon={away ? Unplug : Radio} title={title}>
      <p>{text}</p>
      {data && latest.length === 0 && !away && (
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
