/** Questions to the API with the keys under which their answers are kept. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { LiveFilter } from "../live/socket";
import { ApiError, client, unwrap } from "./client";
import { readinessOf } from "./readiness";
import type { paths } from "./schema.gen";

type QueryOf<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;

/** By what the whole run of a trace is read; nothing reads the trace alone. */
export type Follow = NonNullable<QueryOf<"/api/v1/traces/{trace_id}/graph">["follow"]>;
export type TraceFilter = Omit<QueryOf<"/api/v1/traces">, "cursor" | "limit">;
export type MetricsRange = QueryOf<"/api/v1/metrics">;
export type DeadLetterFilter = Omit<QueryOf<"/api/v1/dead-letters">, "cursor" | "limit">;
export type SessionFilter = Omit<QueryOf<"/api/v1/sessions">, "cursor" | "limit">;

const PAGE = 100;
/** How often the platform is asked how it is, and how long an answer may take. */
const READY_MS = 3000;
const READY_PATIENCE_MS = 5000;
/** Records with which the stream begins. */
const RECENT = 500;
const next = (page: { next?: string | null }) => page.next ?? undefined;
const noCursor: string | undefined = undefined;

/** Traces, newest first, page after page. */
export const tracesQuery = (filter: TraceFilter, limit = PAGE) =>
  infiniteQueryOptions({
    queryKey: ["traces", filter, limit],
    queryFn: ({ pageParam: cursor, signal }) =>
      unwrap(
        client.GET("/api/v1/traces", { params: { query: { ...filter, limit, cursor } }, signal }),
      ),
    initialPageParam: noCursor,
    getNextPageParam: next,
    placeholderData: keepPreviousData,
  });

/** A trace with its events, handoffs and errors, and no more spans than needed. */
export const traceQuery = (traceId: string, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "summary", follow],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/traces/{trace_id}", {
          params: { path: { trace_id: traceId }, query: { limit: 1, follow } },
          signal,
        }),
      ),
  });

/** A trace with what it was asked and what it answered. */
export const tracePayloadsQuery = (traceId: string, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "payloads", follow],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/traces/{trace_id}", {
          params: { path: { trace_id: traceId }, query: { limit: 1, include: "payloads", follow } },
          signal,
        }),
      ),
    staleTime: 10_000,
  });

/** A trace as the API gives it, for reading raw. */
export const rawTraceQuery = (traceId: string, spans: number, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "raw", spans, follow],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/traces/{trace_id}", {
          params: {
            path: { trace_id: traceId },
            query: { limit: spans, include: "payloads", follow },
          },
          signal,
        }),
      ),
  });

/**
 * By what a span is known on a page: by its id; where the traces of a run are read as one, its own
 * trace stands before it, since ids may repeat from trace to trace.
 */
export const spanKey = (spanId: string, traceId: string | null | undefined) =>
  traceId ? `${traceId}/${spanId}` : spanId;

/** The id of a span, out of its key. */
export const spanIdOf = (key: string) => key.slice(key.indexOf("/") + 1);

/** A span with payloads and the calls inside it, by its key. */
export const spanQuery = (traceId: string, key: string) => {
  const span_id = spanIdOf(key);
  const trace_id = key === span_id ? traceId : key.slice(0, -span_id.length - 1);
  return queryOptions({
    queryKey: ["trace", trace_id, "span", span_id],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/traces/{trace_id}/spans/{span_id}", {
          params: { path: { trace_id, span_id } },
          signal,
        }),
      ),
    staleTime: 5_000,
  });
};

/** The agents of a trace and how they are related. */
export const graphQuery = (traceId: string, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "graph", follow],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/traces/{trace_id}/graph", {
          params: { path: { trace_id: traceId }, query: { follow } },
          signal,
        }),
      ),
  });

/** Everything of a trace in order of time. */
export const timelineQuery = (traceId: string, follow?: Follow) =>
  infiniteQueryOptions({
    queryKey: ["trace", traceId, "timeline", follow],
    queryFn: ({ pageParam: cursor, signal }) =>
      unwrap(
        client.GET("/api/v1/traces/{trace_id}/timeline", {
          params: { path: { trace_id: traceId }, query: { limit: 1000, cursor, follow } },
          signal,
        }),
      ),
    initialPageParam: noCursor,
    getNextPageParam: next,
  });

/** Sessions, the one with the newest trace first. */
export const sessionsQuery = (filter: SessionFilter) =>
  infiniteQueryOptions({
    queryKey: ["sessions", filter],
    queryFn: ({ pageParam: cursor, signal }) =>
      unwrap(
        client.GET("/api/v1/sessions", {
          params: { query: { ...filter, limit: PAGE, cursor } },
          signal,
        }),
      ),
    initialPageParam: noCursor,
    getNextPageParam: next,
    placeholderData: keepPreviousData,
  });

/** One session and its traces. */
export const sessionQuery = (sessionId: string) =>
  infiniteQueryOptions({
    queryKey: ["session", sessionId],
    queryFn: ({ pageParam: cursor, signal }) =>
      unwrap(
        client.GET("/api/v1/sessions/{session_id}", {
          params: { path: { session_id: sessionId }, query: { limit: PAGE, cursor } },
          signal,
        }),
      ),
    initialPageParam: noCursor,
    getNextPageParam: next,
  });

/** What happened in a range of time. */
export const metricsQuery = (range: MetricsRange) =>
  queryOptions({
    queryKey: ["metrics", range],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/metrics", { params: { query: range }, signal })),
    placeholderData: keepPreviousData,
  });

/** What happened in the last minutes, and where the stream goes on: asked once, then listened to. */
export const recentQuery = (filter: LiveFilter) => {
  const query = { ...filter, limit: RECENT };
  return queryOptions({
    queryKey: ["recent", filter],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/events/recent", { params: { query }, signal })),
    staleTime: Infinity,
    // What was recent is no more when the page is opened again.
    gcTime: 0,
    retry: (_, error) => error instanceof ApiError && error.passing,
  });
};

/** Lag, rates and ledger. */
export const ingestQuery = queryOptions({
  queryKey: ["ingest"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/v1/ingest", { signal })),
});

/** Records that could not be folded. */
export const deadLettersQuery = (filter: DeadLetterFilter) =>
  infiniteQueryOptions({
    queryKey: ["dead-letters", filter],
    queryFn: ({ pageParam: cursor, signal }) =>
      unwrap(
        client.GET("/api/v1/dead-letters", {
          params: { query: { ...filter, limit: PAGE, cursor } },
          signal,
        }),
      ),
    initialPageParam: noCursor,
    getNextPageParam: next,
    placeholderData: keepPreviousData,
  });

/** One dead letter with its record. */
export const deadLetterQuery = (id: number) =>
  queryOptions({
    queryKey: ["dead-letter", id],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/dead-letters/{id}", { params: { path: { id } }, signal })),
  });

/** Which components are ready; 503 carries the same answer. */
export const readyQuery = queryOptions({
  queryKey: ["ready"],
  queryFn: async ({ signal }) => {
    // A process that is stopped takes the question and never answers; the last answer must not stand.
    const late = AbortSignal.timeout(READY_PATIENCE_MS);
    const either = AbortSignal.any([signal, late]);
    const asked = client.GET("/ready", { signal: either, parseAs: "text" });
    const { data, error } = await asked.catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      const why = late.aborted ? "does not answer" : "cannot be reached. Is telemetron running?";
      throw new ApiError(`The API ${why}`, 0);
    });
    return readinessOf(data ?? error);
  },
  refetchInterval: READY_MS,
  retry: false,
});
