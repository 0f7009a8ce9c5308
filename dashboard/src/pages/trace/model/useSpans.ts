/**
 * The spans of a trace: page after page of skeletons, then every change as it happens.
 *
 * The stream is opened before the first page is asked for, so that nothing falls between.
 */
import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { client, unwrap } from "../../../api/client";
import type { Follow } from "../../../api/queries";
import type { SpanSkeleton } from "../../../api/types";
import type { Frame, LiveData } from "../../../live/frames";
import { useLive } from "../../../live/useLive";
import { type Layout, layOut } from "./layout";
import { type SpanFacts, SpanStore } from "./spanStore";

/** So many that the first page is there at once, and 50,000 take few. */
const FIRST_PAGE = 2000;
const PAGE = 12_000;
/** Changes are shown together. */
const GATHER_MS = 80;

export interface Spans {
  store: SpanStore;
  layout: Layout;
  /** Whether all that was stored when the page was opened is here. */
  complete: boolean;
  error?: Error;
  live: ReturnType<typeof useLive>;
}

interface Loaded {
  complete: boolean;
  error?: Error;
}

/** What is looked at: a trace, or with `follow` the run that it belongs to, in these traces. */
export interface Subject {
  traceId: string;
  follow?: Follow | undefined;
  /** Joined with commas, so that the same traces are the same word. */
  traces: string;
}

/**
 * The spans of a trace or of a run; `onNote` hears of everything else that happens in it.
 *
 * A component stays with its subject: another one needs another `key`.
 */
export function useSpans(subject: Subject, onNote: (frame: Frame) => void): Spans {
  const { traceId, follow, traces } = subject;
  const [spans] = useState(() => new SpanStore());
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const [loaded, setLoaded] = useState<Loaded>({ complete: false });
  const [round, again] = useReducer((count: number) => count + 1, 0);
  const gathering = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    const stop = new AbortController();
    const load = async () => {
      for await (const page of skeletons(traceId, follow, stop.signal)) {
        for (const span of page) spans.put(span);
        changed();
      }
      setLoaded({ complete: true });
    };
    load().catch((error: unknown) => {
      if (!stop.signal.aborted) setLoaded({ complete: false, error: asError(error) });
    });
    return () => stop.abort();
  }, [traceId, follow, spans, round]);

  const live = useLive(
    useMemo(() => ({ trace_ids: traces.split(",") }), [traces]),
    {
      onFrame: (frame) => {
        if (frame.type === "resync" || frame.type === "lagged") again();
        const span = frame.kind === "span" && frame.data ? factsOf(frame.data, follow) : undefined;
        if (!span) {
          onNote(frame);
          return;
        }
        if (!spans.put(span)) return;
        gathering.current ??= setTimeout(() => {
          gathering.current = undefined;
          changed();
        }, GATHER_MS);
        onNote(frame);
      },
    },
  );
  // The store is changed in place; its version says when.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const layout = useMemo(() => layOut(spans), [spans, version]);
  return { store: spans, layout, ...loaded, live };
}

const asError = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** All skeletons of a trace, in pages. */
async function* skeletons(
  traceId: string,
  follow: Follow | undefined,
  signal: AbortSignal,
): AsyncGenerator<SpanSkeleton[]> {
  let cursor: string | undefined;
  do {
    const limit = cursor ? PAGE : FIRST_PAGE;
    const query = { fields: "skeleton", limit, cursor, follow } as const;
    const page = await unwrap(
      client.GET("/api/v1/traces/{trace_id}/spans", {
        params: { path: { trace_id: traceId }, query },
        signal,
      }),
    );
    // With `fields=skeleton` items are skeletons, which the document cannot say.
    yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor);
}

function factsOf(data: LiveData, follow: Follow | undefined): SpanFacts | undefined {
  const { span_id, span_kind, status, start_time, name } = data;
  if (!span_id || !span_kind || !status || !start_time) return undefined;
  return {
    span_id,
    // Of a trace alone, no span names it.
    trace_id: follow && (data.trace_id ?? null),
    span_kind,
    status,
    start_time,
    name: name ?? "",
    parent_span_id: data.parent_span_id ?? null,
    end_time: data.end_time ?? null,
    agent: data.agent_name ?? data.agent_id ?? null,
    total_tokens: data.token_usage?.total ?? null,
  };
}
