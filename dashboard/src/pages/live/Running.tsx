/** Traces that run, and the agents at work in them, with how long they have been. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { client, unwrap } from "../../api/client";
import { tracesQuery } from "../../api/queries";
import type { SpanSkeleton, TraceSummary } from "../../api/types";
import { Agent } from "../../ui/Agent";
import { StatusBadge } from "../../ui/Badge";
import { Failure } from "../../ui/Notice";
import { Duration } from "../../ui/Time";

const MOST = 30;
const REFRESH_MS = 1000;
const SPANS_REFRESH_MS = 2000;
/** Enough to find who is at work; larger traces show those among their first spans. */
const SPANS = 2000;
const FILTER = { status: "RUNNING" } as const;

export function Running() {
  const { data, error, refetch } = useInfiniteQuery({
    ...tracesQuery(FILTER, MOST),
    refetchInterval: REFRESH_MS,
  });
  const traces = data?.pages[0]?.items ?? [];
  return (
    <aside className="live-running" aria-label="Running traces">
      <h2>
        Running{" "}
        <span className="quiet">
          {data ? traces.length : "–"}
          {data?.pages[0]?.next && "+"}
        </span>
      </h2>
      {error && !data && <Failure error={error} retry={refetch} />}
      {data && traces.length === 0 && <p className="quiet">Nothing runs at the moment.</p>}
      {traces.map((trace) => (
        <RunningTrace key={trace.trace_id} trace={trace} />
      ))}
    </aside>
  );
}

function RunningTrace({ trace }: { trace: TraceSummary }) {
  const { data, error } = useQuery({
    queryKey: ["trace", trace.trace_id, "open"],
    queryFn: async ({ signal }) => {
      const page = await unwrap(
        client.GET("/api/v1/traces/{trace_id}/spans", {
          params: {
            path: { trace_id: trace.trace_id },
            query: { fields: "skeleton", limit: SPANS },
          },
          signal,
        }),
      );
      return openSpans(page.items);
    },
    refetchInterval: SPANS_REFRESH_MS,
  });
  return (
    <article className="card running">
      <div className="row">
        <Link className="grow clip" to={`/traces/${trace.trace_id}`}>
          <strong>{trace.name ?? trace.trace_id.slice(0, 12)}</strong>
        </Link>
        <StatusBadge status={trace.status} stuck={trace.stuck} />
      </div>
      <span className="quiet">
        <Duration millis={null} since={trace.start_time} />
        {trace.root_agent && ` · ${trace.root_agent}`}
      </span>
      {error && !data && <p className="quiet">Who is at work could not be read.</p>}
      <ul className="running-spans">
        {(data ?? []).map((span) => (
          <li key={span.span_id}>
            <Link className="row" to={`/traces/${trace.trace_id}?span=${span.span_id}`}>
              {span.agent ? <Agent name={span.agent} /> : <span>{span.name}</span>}
              {span.agent !== span.name && <span className="clip quiet">{span.name}</span>}
              <span className="grow" />
              <Duration millis={null} since={span.start_time} />
            </Link>
          </li>
        ))}
      </ul>
    </article>
  );
}

/** Spans that run and below which nothing runs: what is waited for. */
function openSpans(spans: SpanSkeleton[]): SpanSkeleton[] {
  const open = spans.filter(({ status }) => status === "RUNNING");
  const above = new Set(open.map(({ parent_span_id: parent }) => parent));
  return open.filter(({ span_id: id }) => !above.has(id));
}
