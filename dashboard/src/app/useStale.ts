/** Whether what a page shows is older than it looks, since the API no longer answers. */
import { type Query, type QueryCache, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { ApiError } from "../api/client";
import { readyQuery } from "../api/queries";

/** When the oldest of what is shown was answered, in milliseconds since the epoch. */
export function useStale(): number | undefined {
  const cache = useQueryClient().getQueryCache();
  useAskAgain();
  return useSyncExternalStore(
    (listener) => cache.subscribe(listener),
    () => staleSince(cache),
  );
}

/** The age of the oldest answer that stands on the page while its question fails. */
export function staleSince(cache: QueryCache): number | undefined {
  const stale = cache
    .findAll({ type: "active" })
    .filter(({ state }) => state.data !== undefined && fails(state));
  if (stale.length === 0) return undefined;
  return Math.min(...stale.map(({ state }) => state.dataUpdatedAt));
}

const fails = ({ status, fetchFailureCount: failures }: Query["state"]) =>
  status === "error" || failures > 0;

/** What failed while the API was away is asked again once it is back. */
function useAskAgain() {
  const queries = useQueryClient();
  const { dataUpdatedAt, isSuccess } = useQuery(readyQuery);
  useEffect(() => {
    if (!isSuccess) return;
    const predicate = ({ state }: Query) =>
      state.fetchStatus === "idle" && state.error instanceof ApiError && state.error.passing;
    void queries.refetchQueries({ type: "active", predicate });
  }, [queries, dataUpdatedAt, isSuccess]);
}
