/** Handoffs and errors of a trace: all of them, also where its answer holds the first alone. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { client, unwrap } from "../../../api/client";
import type { Follow } from "../../../api/queries";
import type { ErrorView, HandoffView, TraceAnswer } from "../../../api/types";

const PAGE = 5000;

type Ask<T> = (
  cursor: string | undefined,
  signal: AbortSignal,
) => Promise<{ items: T[]; next?: string | null }>;

/** Reads a list to its end. */
async function whole<T>(ask: Ask<T>, signal: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor, signal);
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return all;
}

const handoffsQuery = (traceId: string, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "handoffs", follow],
    queryFn: ({ signal }) =>
      whole<HandoffView>((cursor) => {
        const params = { path: { trace_id: traceId }, query: { limit: PAGE, cursor, follow } };
        return unwrap(client.GET("/api/v1/traces/{trace_id}/handoffs", { params, signal }));
      }, signal),
    staleTime: 5000,
  });

const errorsQuery = (traceId: string, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "errors", follow],
    queryFn: ({ signal }) =>
      whole<ErrorView>((cursor) => {
        const params = { path: { trace_id: traceId }, query: { limit: PAGE, cursor, follow } };
        return unwrap(client.GET("/api/v1/traces/{trace_id}/errors", { params, signal }));
      }, signal),
    staleTime: 5000,
  });

/** Every handoff, with all that was passed along; the first of them until the rest is there. */
export function useHandoffs({ trace, run, handoffs, omitted }: TraceAnswer): HandoffView[] {
  const cut = ({ context, context_bytes: bytes }: HandoffView) => context == null && bytes != null;
  const enabled = omitted.handoffs > 0 || handoffs.some(cut);
  const { data } = useQuery({ ...handoffsQuery(trace.trace_id, run?.follow), enabled });
  return enabled ? (data ?? handoffs) : handoffs;
}

/** Every error, with its whole stack; the first of them until the rest is there. */
export function useErrors({ trace, run, errors, omitted }: TraceAnswer): ErrorView[] {
  const cut = ({ stack, stack_bytes: bytes }: ErrorView) => stack == null && bytes != null;
  const enabled = omitted.errors > 0 || errors.some(cut);
  const { data } = useQuery({ ...errorsQuery(trace.trace_id, run?.follow), enabled });
  return enabled ? (data ?? errors) : errors;
}
