/** Questions to the Oracle: how the system is or was, what is wrong, why, and what differs. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { Follow } from "./queries";

/** How often the present is asked for: as often as the Oracle itself looks. */
const LIVE_MS = 2_000;
const MEMORY_MS = 5_000;
/** Most snapshots that the slider goes through. */
const SNAPSHOTS = 1000;

/** The present changes, the past does not. */
const pace = (at: string | undefined) =>
  at === undefined ? { refetchInterval: LIVE_MS } : { staleTime: Infinity };

/** The state of the whole system, now or then. */
export const systemQuery = (at: string | undefined) =>
  queryOptions({
    queryKey: ["oracle", "state", at],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/oracle/state", { params: { query: { at } }, signal })),
    placeholderData: keepPreviousData,
    ...pace(at),
  });

/** What is wrong, now or then. */
export const issuesQuery = (at: string | undefined) =>
  queryOptions({
    queryKey: ["oracle", "issues", at],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/oracle/issues", { params: { query: { at } }, signal })),
    placeholderData: keepPreviousData,
    ...pace(at),
  });

/** The snapshots that are kept, the latest first. */
export const snapshotsQuery = queryOptions({
  queryKey: ["oracle", "history"],
  queryFn: ({ signal }) =>
    unwrap(
      client.GET("/api/v1/oracle/history", { params: { query: { limit: SNAPSHOTS } }, signal }),
    ),
  refetchInterval: MEMORY_MS,
});

/** Between which moments; without `to` until now, `backMs` before that when there is no `from`. */
export interface Stretch {
  from?: string | undefined;
  to?: string | undefined;
  backMs?: number | undefined;
}

/** What changed in a stretch of time. */
export const changesQuery = (stretch: Stretch) =>
  queryOptions({
    queryKey: ["oracle", "diff", stretch],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/oracle/diff", {
          params: { query: { from: startOf(stretch), to: stretch.to } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...(stretch.to === undefined ? { refetchInterval: MEMORY_MS } : { staleTime: Infinity }),
  });

function startOf({ from, backMs }: Stretch): string | undefined {
  if (from !== undefined || backMs === undefined) return from;
  return new Date(Date.now() - backMs).toISOString();
}

/** The life of issues in the day that ends now or then, earliest first. */
export const issueLifeQuery = (to: string | undefined) =>
  queryOptions({
    queryKey: ["oracle", "timeline", to],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/oracle/timeline", { params: { query: { to } }, signal })),
    placeholderData: keepPreviousData,
    ...(to === undefined ? { refetchInterval: MEMORY_MS } : { staleTime: Infinity }),
  });

/** Why a trace failed. It begins like all that is known of a trace, so that news make it old. */
export const diagnosisQuery = (traceId: string, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "diagnosis", follow],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/traces/{trace_id}/diagnosis", {
          params: { path: { trace_id: traceId }, query: { max_tokens: 20_000, follow } },
          signal,
        }),
      ),
    staleTime: 10_000,
  });

/** The word for the latest run of the same kind that went well. */
export const LAST_GOOD = "last-good";

/** What differs between two traces. */
export const comparisonQuery = (a: string, b: string) =>
  queryOptions({
    queryKey: ["comparison", a, b],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/traces/compare", { params: { query: { a, b } }, signal })),
    staleTime: 10_000,
  });
