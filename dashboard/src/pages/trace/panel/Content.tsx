/** What went into a span, what came out, what it called and why it failed. */
import type { ErrorInfo, LlmCall, SpanAnswer, ToolCall } from "../../../api/types";
import { durationOf, moneyOf } from "../../../format/amount";
import { Payload } from "../../../payload/Payload";
import { Badge } from "../../../ui/Badge";
import type { Spans } from "../model/useSpans";
import { CallDiff } from "./CallDiff";

export function Content({ answer, spans }: { answer: SpanAnswer; spans: Spans }) {
  const { span, llm_calls: llmCalls, tool_calls: toolCalls } = answer;
  const silent = span.input_data == null && span.output_data == null;
  return (
    <>
      {span.error && <FailureBox error={span.error} />}
      {span.input_data != null && (
        <Payload title="Input" value={span.input_data} bytes={span.input_bytes} />
      )}
      {span.span_kind === "LLM" && <CallDiff span={span} spans={spans} />}
      {span.output_data != null && (
        <Payload title="Output" value={span.output_data} bytes={span.output_bytes} />
      )}
      {span.parameters != null && <Payload title="Parameters" value={span.parameters} />}
      {llmCalls.map((call, at) => (
        <InnerLlm key={at} call={call} at={at} />
      ))}
      {toolCalls.map((call, at) => (
        <InnerTool key={at} call={call} at={at} />
      ))}
      {silent && llmCalls.length + toolCalls.length === 0 && !span.error && (
        <p className="quiet">
          {span.status === "RUNNING"
            ? "It still runs; what it got and gave comes when it ends."
            : "This span carries neither input nor output."}
        </p>
      )}
    </>
  );
}

export function FailureBox({ error }: { error: ErrorInfo }) {
  return (
    <section className="failure" aria-label="Failure">
      <strong>{error.type}</strong>
      <span>{error.message}</span>
      <span className="row wrap">
        {error.category && <Badge>{error.category}</Badge>}
        {error.severity && <Badge tone="bad">{error.severity}</Badge>}
        {error.retryable != null && (
          <Badge>{error.retryable ? "trying again may help" : "trying again will not help"}</Badge>
        )}
      </span>
      {error.stack && <pre>{error.stack}</pre>}
    </section>
  );
}

function InnerLlm({ call, at }: { call: LlmCall; at: number }) {
  const facts = [
    call.latency_ms != null ? durationOf(call.latency_ms) : "",
    call.token_usage?.total ? `${call.token_usage.total} tokens` : "",
    call.cost_usd ? moneyOf(call.cost_usd) : "",
  ];
  return (
    <section className="stack card" style={{ padding: 12 }} aria-label={`LLM call ${at + 1}`}>
      <div className="row wrap">
        <Badge tone="llm">LLM call {at + 1}</Badge> <strong>{call.model}</strong>
        <span className="quiet">{facts.filter(Boolean).join(" · ")}</span>
      </div>
      {call.error && <p className="failure">{call.error}</p>}
      {call.messages != null && <Payload title="Messages" value={call.messages} />}
      {call.response != null && <Payload title="Response" value={call.response} />}
    </section>
  );
}

function InnerTool({ call, at }: { call: ToolCall; at: number }) {
  return (
    <section className="stack card" style={{ padding: 12 }} aria-label={`Tool call ${at + 1}`}>
      <div className="row wrap">
        <Badge tone="tool">Tool call {at + 1}</Badge> <strong>{call.tool_name}</strong>
        {call.duration_ms != null && <span className="quiet">{durationOf(call.duration_ms)}</span>}
      </div>
      {call.error && <p className="failure">{call.error}</p>}
      {call.arguments != null && <Payload title="Arguments" value={call.arguments} />}
      {call.result != null && <Payload title="Result" value={call.result} />}
    </section>
  );
}
