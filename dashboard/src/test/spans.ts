/** Spans for tests: what is not said is as usual. */
import { layOut } from "../pages/trace/model/layout";
import { type SpanFacts, SpanStore } from "../pages/trace/model/spanStore";

export const at = (millis: number) => new Date(Date.UTC(2026, 0, 1) + millis).toISOString();

export function facts(
  id: string,
  parent: string | null,
  fields: Partial<SpanFacts> = {},
): SpanFacts {
  return {
    span_id: id,
    parent_span_id: parent,
    span_kind: "AGENT",
    status: "COMPLETED",
    start_time: at(0),
    end_time: at(10),
    name: id,
    agent: null,
    total_tokens: null,
    ...fields,
  };
}

export function laidOut(...spans: SpanFacts[]) {
  const store = new SpanStore();
  for (const span of spans) store.put(span);
  return { store, layout: layOut(store) };
}
