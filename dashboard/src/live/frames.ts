/** What comes over the live stream. */
import type { LiveKind, Severity, SpanKind, Status, TokenUsage } from "../api/types";

/** The fields that pages use of the records, whichever kind they are. */
export interface LiveData {
  trace_id?: string;
  span_id?: string;
  parent_span_id?: string;
  name?: string;
  span_kind?: SpanKind;
  status?: Status;
  start_time?: string;
  end_time?: string;
  duration_ms?: number;
  time_source?: string;
  timestamp?: string;
  time?: string;
  agent_id?: string;
  agent_name?: string;
  root_agent_name?: string;
  source_agent_name?: string;
  target_agent_name?: string;
  reason?: string;
  event_type?: string;
  event_name?: string;
  severity?: Severity;
  message?: string;
  model?: string;
  tool_name?: string;
  token_usage?: TokenUsage;
  cost_usd?: number;
  error?: { type: string; message: string } | string;
  error_type?: string;
  value?: number;
  unit?: string;
  queue?: string;
  task_id?: string;
}

/** One record as it came. */
export interface LiveRecord {
  /** Counts up within this page. */
  key: number;
  /** Where the stream stood after it. */
  cursor: string;
  /** When it arrived here, in milliseconds since the epoch. */
  arrived: number;
  kind: LiveKind;
  data: LiveData;
}

/** Any message of the server. */
export interface Frame {
  type: "record" | "lagged" | "resync" | "delivery" | "subscription_updated" | "pong" | "error";
  cursor?: string;
  kind?: LiveKind;
  data?: LiveData;
  missed?: number;
  /** Of `delivery`: whether anything can come now; `detail` says why not. */
  delivering?: boolean;
  detail?: string;
}

/** How a record is called in filters: the words of the API. */
export function eventTypeOf({ kind, data }: LiveRecord): string {
  if (kind === "event") return data.event_type ?? "custom";
  if (kind !== "span") return kind;
  switch (data.span_kind) {
    case "AGENT":
      return data.status === "RUNNING" ? "agent_start" : "agent_end";
    case "LLM":
      return "llm_call";
    case "TOOL":
      return "tool_call";
    default:
      return "span";
  }
}

/** How bad a record is, by the rule of the API. */
export function severityOf({ kind, data }: LiveRecord): Severity {
  if (kind === "event" || kind === "error") return data.severity ?? "error";
  const failed = data.status === "FAILED" || (kind === "task" && data.error !== undefined);
  return failed ? "error" : "info";
}

/** When a record happened, as RFC 3339 text. */
export const instantOf = ({ data }: LiveRecord): string | undefined =>
  data.timestamp ?? data.time ?? data.end_time ?? data.start_time;
