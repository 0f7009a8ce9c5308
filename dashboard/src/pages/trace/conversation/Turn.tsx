/** One turn: who, what it was told that is new, what it said or what the tool gave back. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { spanQuery } from "../../../api/queries";
import type { SpanAnswer } from "../../../api/types";
import { compactOf, durationOf, moneyOf, plural } from "../../../format/amount";
import { Chat } from "../../../payload/Chat";
import { type Message, messagesIn } from "../../../payload/recognise";
import { Agent } from "../../../ui/Agent";
import { KindBadge } from "../../../ui/Badge";
import { FailureBox } from "../panel/Content";
import { previousCall } from "../model/previousCall";
import { KINDS, RUNNING } from "../model/spanStore";
import type { Spans } from "../model/useSpans";
import { Said } from "./Said";

interface TurnProps {
  traceId: string;
  place: number;
  spans: Spans;
  ordered: boolean;
  selected: boolean;
  select: (spanId: string) => void;
}

export function Turn(props: TurnProps) {
  const { traceId, place, spans, ordered, selected, select } = props;
  const { store } = spans;
  const spanId = store.ids[place] ?? "";
  const kind = KINDS[store.kind[place] ?? 0] ?? "CHAIN";
  const agent = store.agents[place];
  const name = store.names[place] ?? "";
  const took = (store.end[place] ?? NaN) - (store.start[place] ?? 0);
  const span = useQuery(spanQuery(traceId, spanId));
  return (
    <article className="turn" data-kind={kind} aria-current={selected || undefined}>
      <header className="row">
        {agent && <Agent name={agent} />}
        <KindBadge kind={kind} />
        {name !== agent && <strong className="clip">{name}</strong>}
        <span className="quiet clip">
          {[ordered || Number.isNaN(took) ? "" : durationOf(took), ...factsOf(span.data)]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <span className="grow" />
        <button className="more" onClick={() => select(spanId)}>
          open
        </button>
      </header>
      {span.data ? (
        <Body answer={span.data} spans={spans} />
      ) : span.isError ? (
        <p className="quiet">{span.error.message}</p>
      ) : (
        <div className="skeleton turn-loading" />
      )}
      {store.status[place] === RUNNING && <p className="turn-running">still running …</p>}
    </article>
  );
}

function factsOf(answer: SpanAnswer | undefined): string[] {
  if (!answer) return [];
  const { token_usage: usage, cost_usd: cost } = answer.span;
  return [usage?.total ? `${compactOf(usage.total)} tokens` : "", cost ? moneyOf(cost) : ""];
}

function Body({ answer, spans }: { answer: SpanAnswer; spans: Spans }) {
  const { span } = answer;
  const told = messagesIn(span.input_data);
  return (
    <>
      {span.span_kind === "LLM" && told ? (
        <NewMessages answer={answer} spans={spans} messages={told} />
      ) : (
        span.input_data != null && <Part name={inputName(answer)} value={span.input_data} />
      )}
      {answer.llm_calls.map((call, at) => (
        <Part key={at} name={`${call.model} answered`} value={call.response ?? call.error} />
      ))}
      {answer.tool_calls.map((call, at) => (
        <Part
          key={at}
          name={`called ${call.tool_name}`}
          value={{ arguments: call.arguments, result: call.result ?? call.error }}
        />
      ))}
      {span.output_data != null && <Part name={outputName(answer)} value={span.output_data} />}
      {span.error && <FailureBox error={span.error} />}
    </>
  );
}

const inputName = ({ span }: SpanAnswer) => (span.span_kind === "TOOL" ? "arguments" : "was told");
const outputName = ({ span }: SpanAnswer) => (span.span_kind === "TOOL" ? "result" : "said");

function Part({ name, value }: { name: string; value: unknown }) {
  return (
    <div className="turn-part">
      <span className="turn-name">{name}</span>
      <Said value={value} />
    </div>
  );
}

interface NewMessagesProps {
  answer: SpanAnswer;
  spans: Spans;
  messages: Message[];
}

/** A model is told everything anew each time: what it was told before is folded. */
function NewMessages({ answer, spans, messages }: NewMessagesProps) {
  const [whole, setWhole] = useState(false);
  const { trace_id: traceId, span_id: spanId } = answer.span;
  const before = previousCall(spans.store, spanId);
  const previous = useQuery({
    ...spanQuery(traceId, before ?? ""),
    enabled: before !== undefined,
  });
  const known = alikeAtStart(messages, messagesIn(previous.data?.span.input_data) ?? []);
  const shown = whole ? messages : messages.slice(known);
  return (
    <div className="turn-part">
      <span className="turn-name">
        was told
        {known > 0 && (
          <button className="more" onClick={() => setWhole(!whole)}>
            {whole ? "only what is new" : `and ${plural(known, "message")} as before`}
          </button>
        )}
      </span>
      <Chat messages={shown} />
    </div>
  );
}

/** How many messages two calls have in common from the start. */
export function alikeAtStart(now: Message[], before: Message[]): number {
  const differs = now.findIndex(
    (message, at) => JSON.stringify(message) !== JSON.stringify(before[at]),
  );
  return differs < 0 ? Math.max(0, now.length - 1) : differs;
}
