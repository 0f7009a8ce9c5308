/** One record of the stream as a line. */
import { Braces } from "lucide-react";
import { memo } from "react";
import { Link } from "react-router";
import { compactOf, durationOf } from "../../format/amount";
import { clockOf, exactOf, millisOf } from "../../format/instant";
import { type LiveRecord, instantOf, severityOf } from "../../live/frames";
import { Agent } from "../../ui/Agent";
import { Badge, KIND_TONE, SeverityBadge, type Tone } from "../../ui/Badge";

interface FeedLineProps {
  record: LiveRecord;
  onShow: (record: LiveRecord) => void;
}

export const FeedLine = memo(function FeedLine({ record, onShow }: FeedLineProps) {
  const { data } = record;
  const at = instantOf(record);
  const severity = severityOf(record);
  const to =
    data.trace_id && `/traces/${data.trace_id}${data.span_id ? `?span=${data.span_id}` : ""}`;
  return (
    <div className="feed-line" data-severity={severity}>
      {at && (
        <time className="mono quiet" dateTime={at} title={exactOf(at)}>
          {clockOf(millisOf(at))}
        </time>
      )}
      <Badge tone={toneOf(record)}>{wordOf(record)}</Badge>
      {severity !== "info" && severity !== "debug" && <SeverityBadge severity={severity} />}
      <span className="clip grow">
        <Text record={record} />
      </span>
      {to && (
        <Link className="mono feed-trace" to={to} title="Open the trace">
          {data.trace_id?.slice(0, 8)}
        </Link>
      )}
      <button className="feed-raw" aria-label="Show the record" onClick={() => onShow(record)}>
        <Braces size={13} />
      </button>
    </div>
  );
});

function toneOf({ kind, data }: LiveRecord): Tone {
  if (kind === "span" && data.span_kind) return KIND_TONE[data.span_kind];
  if (kind === "error") return "bad";
  return kind === "handoff" ? "agent" : kind === "trace" ? "busy" : "chain";
}

function wordOf({ kind, data }: LiveRecord): string {
  if (kind !== "span") return kind === "event" ? (data.event_type ?? kind) : kind;
  const began = data.status === "RUNNING" ? " begins" : "";
  return `${(data.span_kind ?? "span").toLowerCase().replace("llm", "LLM")}${began}`;
}

function Text({ record: { kind, data } }: { record: LiveRecord }) {
  switch (kind) {
    case "handoff":
      return (
        <>
          <strong>{data.source_agent_name}</strong> → <strong>{data.target_agent_name}</strong>{" "}
          <span className="quiet">{data.reason}</span>
        </>
      );
    case "error":
      return (
        <>
          <strong>{data.error_type}</strong> {data.message}
        </>
      );
    case "event":
      return (
        <>
          <strong>{data.event_name}</strong> <span className="quiet">{data.message}</span>
        </>
      );
    case "metric":
      return (
        <>
          <strong>{data.name}</strong> {data.value} {data.unit}
        </>
      );
    default:
      return <Work data={data} />;
  }
}

function Work({ data }: { data: LiveRecord["data"] }) {
  const { error, duration_ms: took, token_usage: usage } = data;
  const agent = data.agent_name ?? data.root_agent_name;
  const name = data.name ?? data.task_id ?? "";
  const facts = [
    took === undefined ? "" : durationOf(took),
    usage?.total ? `${compactOf(usage.total)} tokens` : "",
    data.status && !data.span_kind ? data.status.toLowerCase() : "",
  ];
  return (
    <>
      <strong>{name}</strong> {agent && agent !== name && <Agent name={agent} />}{" "}
      <span className="quiet">{facts.filter(Boolean).join(" · ")}</span>{" "}
      {error !== undefined && (
        <span className="feed-error">{typeof error === "string" ? error : error.message}</span>
      )}
    </>
  );
}
