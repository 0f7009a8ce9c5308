/** What a trace is, in two lines. */
import { ChevronLeft, GitCompareArrows } from "lucide-react";
import { Link } from "react-router";
import type { TraceAnswer, TraceDetail } from "../../api/types";
import { compactOf, moneyOf, plural } from "../../format/amount";
import type { LiveState } from "../../live/socket";
import { Badge, StatusBadge } from "../../ui/Badge";
import { Copy } from "../../ui/Copy";
import { Duration, Time } from "../../ui/Time";
import { Verdict } from "./Verdict";

interface TraceHeadProps {
  answer: TraceAnswer | undefined;
  traceId: string;
  live: LiveState;
}

export function TraceHead({ answer, traceId, live }: TraceHeadProps) {
  const trace = answer?.trace;
  return (
    <header className="trace-head">
      <div className="row">
        <Link className="button" data-kind="plain" data-icon="" to="/traces" aria-label="Traces">
          <ChevronLeft size={17} />
        </Link>
        <h1 className="clip">{trace ? (trace.name ?? "Trace") : "…"}</h1>
        {trace && <StatusBadge status={trace.status} stuck={trace.stuck} />}
        {trace?.truncated && (
          <Badge tone="warn" title="An earlier part was dropped by retention">
            truncated
          </Badge>
        )}
        {trace?.status === "RUNNING" && live !== "open" && <Badge tone="warn">not live</Badge>}
        <span className="grow" />
        <span className="mono quiet clip trace-id" title={traceId}>
          {traceId}
        </span>
        <Copy text={traceId} what="trace id" />
        <Link className="button" to={`/compare?a=${traceId}`}>
          <GitCompareArrows size={14} /> <span className="wide">Compare</span>
        </Link>
      </div>
      {trace && <Facts trace={trace} />}
      {answer && <Verdict answer={answer} />}
    </header>
  );
}

function Facts({ trace }: { trace: TraceDetail }) {
  const { counts, tokens, cost_usd: cost } = trace;
  const ordered = trace.time_source === "order";
  return (
    <ul className="facts">
      <li>{ordered ? "recorded without times" : <Time at={trace.start_time} />}</li>
      {!ordered && (
        <li>
          <Duration
            millis={trace.duration_ms}
            since={trace.status === "RUNNING" ? trace.start_time : undefined}
          />
        </li>
      )}
      <li>{plural(counts.spans, "span")}</li>
      {counts.llm_calls > 0 && <li>{plural(counts.llm_calls, "LLM call")}</li>}
      {counts.tool_calls > 0 && <li>{plural(counts.tool_calls, "tool call")}</li>}
      {counts.handoffs > 0 && <li>{plural(counts.handoffs, "handoff")}</li>}
      {tokens.total > 0 && <li>{compactOf(tokens.total)} tokens</li>}
      {cost > 0 && <li>{moneyOf(cost)}</li>}
      {trace.session_id && (
        <li>
          session{" "}
          <Link to={`/sessions/${encodeURIComponent(trace.session_id)}`}>{trace.session_id}</Link>
        </li>
      )}
      {trace.user_id && (
        <li>
          user{" "}
          <Link to={`/traces?user_id=${encodeURIComponent(trace.user_id)}`}>{trace.user_id}</Link>
        </li>
      )}
      {trace.project && (
        <li>
          project{" "}
          <Link to={`/traces?project=${encodeURIComponent(trace.project)}`}>{trace.project}</Link>
        </li>
      )}
    </ul>
  );
}
