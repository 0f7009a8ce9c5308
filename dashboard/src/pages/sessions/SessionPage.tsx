/** One conversation: what was asked and answered, trace after trace. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChevronLeft, Workflow } from "lucide-react";
import { useCallback } from "react";
import { Link, useParams } from "react-router";
import { PageHead } from "../../app/PageHead";
import { sessionQuery, tracePayloadsQuery } from "../../api/queries";
import type { TraceSummary } from "../../api/types";
import { compactOf, countOf, moneyOf, plural } from "../../format/amount";
import { StatusBadge } from "../../ui/Badge";
import { Failure, Loading } from "../../ui/Notice";
import { Tile } from "../../ui/Tile";
import { Duration, Time } from "../../ui/Time";
import { VirtualList } from "../../ui/VirtualList";
import { EndWords } from "../trace/conversation/EndWords";
import { askedIn, gotIn } from "../trace/conversation/ends";
import "../../payload/payload.css";
import "./session.css";

const REFRESH_MS = 5000;

export function SessionPage() {
  const { sessionId = "" } = useParams();
  const session = useInfiniteQuery({
    ...sessionQuery(sessionId),
    refetchInterval: ({ state }) => (state.data?.pages.length ?? 0) <= 1 && REFRESH_MS,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = session;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const first = session.data?.pages[0];
  if (session.isError && !first) return <Failure error={session.error} retry={session.refetch} />;
  if (!first) return <Loading />;
  const { session: summary } = first;
  const traces = session.data?.pages.flatMap((page) => page.traces) ?? [];
  return (
    <div className="fill">
      <PageHead title={sessionId} freshness={first}>
        {traces.length > 1 && (
          <Link className="button" to={`/traces/${traces[0]?.trace_id}?follow=session`}>
            <Workflow size={15} /> Read as one
          </Link>
        )}
        <Link className="button" to="/sessions">
          <ChevronLeft size={15} /> Sessions
        </Link>
      </PageHead>
      <dl className="tiles session-tiles">
        <Tile name="Traces" note={`${countOf(summary.failed_traces)} failed`}>
          {countOf(summary.traces)}
        </Tile>
        <Tile name="Tokens">{compactOf(summary.tokens.total)}</Tile>
        <Tile name="Cost">{moneyOf(summary.cost_usd)}</Tile>
        <Tile name="Users">{summary.user_ids.join(", ") || "–"}</Tile>
      </dl>
      <VirtualList
        label="Traces of the session, newest first"
        className="session-list"
        items={traces}
        itemKey={({ trace_id: id }) => id}
        estimate={130}
        onEnd={onEnd}
        render={(trace) => <Exchange trace={trace} />}
      />
    </div>
  );
}

/** What a trace was asked and what it answered. */
function Exchange({ trace }: { trace: TraceSummary }) {
  const { data, error } = useQuery(tracePayloadsQuery(trace.trace_id));
  const asked = data?.trace.user_input;
  const answered = data?.trace.final_output;
  return (
    <article className="card exchange">
      <header className="row wrap">
        <Link to={`/traces/${trace.trace_id}`}>
          <strong>{trace.name ?? trace.trace_id}</strong>
        </Link>
        <StatusBadge status={trace.status} stuck={trace.stuck} />
        <span className="quiet">
          <Time at={trace.start_time} /> · <Duration millis={trace.duration_ms} /> ·{" "}
          {plural(trace.counts.spans, "span")} · {moneyOf(trace.cost_usd)}
        </span>
      </header>
      {asked != null && (
        <div className="exchange-said" data-who="user">
          <EndWords end={askedIn(asked)} value={asked} />
        </div>
      )}
      {answered != null && (
        <div className="exchange-said" data-who="agent">
          <EndWords end={gotIn(answered)} value={answered} />
        </div>
      )}
      {error && !data && <p className="quiet">What was said could not be read: {error.message}</p>}
      {data?.trace.error && <p className="failed">{data.trace.error.message}</p>}
    </article>
  );
}
