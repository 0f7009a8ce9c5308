/** The API's types by the names that the pages use. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type TraceSummary = Schemas["TraceSummary"];
export type TraceAnswer = Schemas["TraceAnswer"];
export type TraceDetail = TraceAnswer["trace"];
export type SpanView = Schemas["SpanView"];
export type SpanSkeleton = Schemas["SpanSkeleton"];
export type SpanAnswer = Schemas["SpanAnswer"];
export type LlmCall = Schemas["LlmCallView"];
export type ToolCall = Schemas["ToolCallView"];
export type AgentGraph = Schemas["AgentGraph"];
export type AgentNode = Schemas["AgentNode"];
export type GraphEdge = Schemas["GraphEdge"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type HandoffView = Schemas["HandoffView"];
export type ErrorView = Schemas["ErrorView"];
export type ErrorInfo = Schemas["ErrorInfo"];
export type SessionSummary = Schemas["SessionSummary"];
export type MetricsReport = Schemas["MetricsReport"];
export type NamedMetrics = MetricsReport["agents"][number];
export type IngestReport = Schemas["IngestReport"];
export type DeadLetter = Schemas["DeadLetterView"];
export type Freshness = Schemas["Freshness"];
export type TokenUsage = Schemas["TokenUsage"];
export type Status = Schemas["Status"];
export type SpanKind = Schemas["SpanKind"];
export type Severity = Schemas["Severity"];
export type LiveKind = Schemas["LiveKind"];
export type Problem = Schemas["Problem"];
export type DeadLetterDetail = Schemas["DeadLetterDetail"];
