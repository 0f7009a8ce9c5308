/** What is said of a span besides its payloads. */
import type { ReactNode } from "react";
import type { SpanView } from "../../../api/types";
import { countOf, durationOf, moneyOf } from "../../../format/amount";
import { Agent } from "../../../ui/Agent";
import { Duration, Time } from "../../../ui/Time";
import { keyIn } from "../model/spanStore";
import type { Spans } from "../model/useSpans";

/** The place of the span that one stands below, as the views have it. */
const parentOf = ({ store, layout }: Spans, span: SpanView) =>
  layout.parent[store.placeOf(keyIn(store, span))] ?? store.placeOf(span.parent_span_id);

interface SpanFactsProps {
  span: SpanView;
  spans: Spans;
  onSelect: (spanId: string) => void;
}

export function SpanFacts({ span, spans, onSelect }: SpanFactsProps) {
  const agent = span.acting_agent ?? span.agent_name ?? span.agent_id;
  const parent = parentOf(spans, span);
  const ordered = span.time_source === "order";
  const running = span.status === "RUNNING";
  return (
    <dl className="pairs">
      {agent && <Pair name="Agent" value={<Agent name={agent} />} />}
      {!ordered && <Pair name="Started" value={<Time at={span.start_time} as="clock" />} />}
      {!ordered && (
        <Pair
          name="Duration"
          value={
            <Duration millis={span.duration_ms} since={running ? span.start_time : undefined} />
          }
        />
      )}
      {span.time_to_first_token_ms != null && (
        <Pair name="First token" value={`after ${durationOf(span.time_to_first_token_ms)}`} />
      )}
      {span.model && <Pair name="Model" value={[span.model, span.provider].join(" · ")} />}
      {span.tool_name && <Pair name="Tool" value={span.tool_name} />}
      {span.tool_call_id && (
        <Pair name="Call" value={<span className="mono">{span.tool_call_id}</span>} />
      )}
      {span.finish_reason && <Pair name="Stopped by" value={span.finish_reason} />}
      {span.token_usage && <Pair name="Tokens" value={<Tokens span={span} />} />}
      {span.cost_usd != null && span.cost_usd > 0 && (
        <Pair name="Cost" value={moneyOf(span.cost_usd)} />
      )}
      {span.resource && (
        <Pair name="Ran on" value={Object.values(span.resource).filter(Boolean).join(" · ")} />
      )}
      {span.parent_span_id && (
        <Pair
          name="Parent"
          value={
            parent < 0 ? (
              <span className="quiet">{span.parent_span_id} (not in this trace)</span>
            ) : (
              <button className="more" onClick={() => onSelect(span.parent_span_id ?? "")}>
                {spans.store.names[parent]}
              </button>
            )
          }
        />
      )}
    </dl>
  );
}

function Pair({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Tokens({ span: { token_usage: usage, counts } }: { span: SpanView }) {
  if (!usage) return null;
  const parts = [
    `${countOf(usage.input)} in`,
    `${countOf(usage.output)} out`,
    usage.cached ? `${countOf(usage.cached)} cached` : "",
    usage.reasoning ? `${countOf(usage.reasoning)} reasoning` : "",
  ];
  return (
    <>
      {countOf(usage.total)}{" "}
      <span className="quiet">
        ({parts.filter(Boolean).join(", ")}){!counts && ", counted by a call above"}
      </span>
    </>
  );
}
