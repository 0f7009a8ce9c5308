/** One trace, in whichever view; the span that is looked at stands beside it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { Suspense, lazy, useCallback, useRef } from "react";
import { Link, useParams } from "react-router";
import { useUrlState } from "../../app/useUrlState";
import { ApiError } from "../../api/client";
import { type Follow, traceQuery } from "../../api/queries";
import type { TraceAnswer } from "../../api/types";
import type { Frame } from "../../live/frames";
import { Empty, Failure, Loading } from "../../ui/Notice";
import { useTitle } from "../../ui/useTitle";
import { type Spans, useSpans } from "./model/useSpans";
import { RunBar } from "./RunBar";
import { SpanPanel } from "./panel/SpanPanel";
import { TraceHead } from "./TraceHead";
import { ViewTabs } from "./ViewTabs";
import { type View, viewOf } from "./views";
import { Waterfall } from "./waterfall/Waterfall";
import "./trace.css";

const GraphView = lazy(async () => ({ default: (await import("./graph/GraphView")).GraphView }));
const TimelineView = lazy(async () => ({
  default: (await import("./timeline/TimelineView")).TimelineView,
}));
const ConversationView = lazy(async () => ({
  default: (await import("./conversation/ConversationView")).ConversationView,
}));
const ErrorsView = lazy(async () => ({
  default: (await import("./errors/ErrorsView")).ErrorsView,
}));
const CostView = lazy(async () => ({ default: (await import("./cost/CostView")).CostView }));
const RawView = lazy(async () => ({ default: (await import("./raw/RawView")).RawView }));

/** The live stream is ahead of the store: what it tells of is asked for a moment later. */
const STORE_MS = 350;
/** What is asked for anew costs more in a large trace: it is asked for so much later, per span. */
const LATER_MS = 0.05;
const RUNNING_REFRESH_MS = 3000;
/** How often a trace that is not there yet is looked for: it may be on its way. */
const ARRIVING_TRIES = 3;
const ARRIVING_MS = 700;

export function TracePage() {
  const { traceId = "" } = useParams();
  const [params] = useUrlState();
  const follow = FOLLOWS.find((word) => word === params.get("follow"));
  // Another trace is another page, and so is its run: nothing of one is left on the other.
  return <OneTrace key={`${traceId} ${follow}`} traceId={traceId} follow={follow} />;
}

const FOLLOWS = ["links", "session"] as const satisfies readonly Follow[];

function OneTrace({ traceId, follow }: { traceId: string; follow: Follow | undefined }) {
  const [params, change] = useUrlState();
  const view = viewOf(params.get("view"));
  const trace = useQuery({
    ...traceQuery(traceId, follow),
    refetchInterval: ({ state }) => state.data?.trace.status === "RUNNING" && RUNNING_REFRESH_MS,
    retry: (tried, error) =>
      error instanceof ApiError &&
      (error.passing || error.status === 404) &&
      tried < ARRIVING_TRIES,
    retryDelay: ARRIVING_MS,
  });
  const count = trace.data?.trace.counts.spans ?? 0;
  const traces = tracesOf(trace.data, traceId);
  const spans = useSpans(
    { traceId, follow, traces },
    useRefreshOnNotes(follow ? undefined : traceId, STORE_MS + count * LATER_MS),
  );
  const chosen = params.get("span");
  const selected = chosen && (spans.store.ids[spans.store.placeOf(chosen)] ?? chosen);
  const select = useCallback((span: string | null) => change({ span }), [change]);
  useTitle(trace.data?.trace.name ?? "Trace");
  if (trace.isError && !trace.data) return <NoTrace error={trace.error} retry={trace.refetch} />;
  return (
    <div className="fill">
      <TraceHead answer={trace.data} traceId={traceId} live={spans.live} />
      {trace.data && (
        <RunBar
          answer={trace.data}
          traceId={traceId}
          onFollow={(wanted) => change({ follow: wanted, span: null })}
        />
      )}
      <ViewTabs
        view={view}
        answer={trace.data}
        onView={(next) => change({ view: next === "waterfall" ? null : next })}
      />
      {spans.error && spans.store.size > 0 && (
        <p className="banner" role="status">
          Not all spans could be read: {spans.error.message}
        </p>
      )}
      <div className="trace-body">
        <div
          className="fill"
          role="tabpanel"
          id="trace-view"
          aria-labelledby={`view-${view}`}
          tabIndex={-1}
        >
          <Suspense fallback={<Loading />}>
            <Body
              view={view}
              answer={trace.data}
              spans={spans}
              selected={selected}
              select={select}
            />
          </Suspense>
        </div>
        {selected && (
          <SpanPanel
            key={selected}
            traceId={traceId}
            spanId={selected}
            spans={spans}
            onClose={() => select(null)}
            onSelect={select}
          />
        )}
      </div>
    </div>
  );
}

export interface ViewProps {
  answer: TraceAnswer;
  spans: Spans;
  selected: string | null;
  select: (spanId: string | null) => void;
}

interface BodyProps extends Omit<ViewProps, "answer"> {
  view: View;
  answer: TraceAnswer | undefined;
}

function Body({ view, answer, ...rest }: BodyProps) {
  const { spans, selected, select } = rest;
  if (spans.error && spans.store.size === 0) return <Failure error={spans.error} />;
  if (!answer || (spans.store.size === 0 && !spans.complete)) return <Loading lines={12} />;
  const props = { answer, ...rest };
  switch (view) {
    case "waterfall":
      return (
        <Waterfall
          store={spans.store}
          layout={spans.layout}
          ordered={answer.trace.time_source === "order"}
          selected={selected}
          onSelect={select}
        />
      );
    case "graph":
      return <GraphView {...props} />;
    case "timeline":
      return <TimelineView {...props} />;
    case "conversation":
      return <ConversationView {...props} />;
    case "errors":
      return <ErrorsView {...props} />;
    case "cost":
      return <CostView {...props} />;
    case "raw":
      return <RawView {...props} />;
  }
}

/** The most traces of a run that the stream is asked for. */
const MOST_LIVE = 50;

/** The traces that are looked at: the one of the page, or those of its run. */
function tracesOf(answer: TraceAnswer | undefined, traceId: string): string {
  const run = answer?.run?.traces.map(({ trace_id: id }) => id) ?? [traceId];
  return run.slice(-MOST_LIVE).join(",");
}

/** Asks anew for what is not a span when the stream tells of it: of the trace, or of all there are. */
function useRefreshOnNotes(traceId: string | undefined, delay: number): (frame: Frame) => void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return useCallback(
    (frame) => {
      if (frame.type !== "record" && frame.type !== "resync") return;
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        void queries.invalidateQueries({ queryKey: traceId ? ["trace", traceId] : ["trace"] });
      }, delay);
    },
    [queries, traceId, delay],
  );
}

function NoTrace({ error, retry }: { error: Error; retry: () => unknown }) {
  if (!(error instanceof ApiError) || error.passing) return <Failure error={error} retry={retry} />;
  return (
    <Empty icon={SearchX} title="There is no such trace">
      <p>{error.message}</p>
      <p>It may have been dropped by retention, or not have arrived yet.</p>
      <Link to="/traces">All traces</Link>
    </Empty>
  );
}
