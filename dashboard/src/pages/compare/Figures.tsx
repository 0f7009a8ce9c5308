/** The figures of two traces, and by how much they differ. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { TraceAnswer, TraceDetail } from "../../api/types";
import { countOf, durationOf, moneyOf } from "../../format/amount";
import { StatusBadge } from "../../ui/Badge";
import { Time } from "../../ui/Time";

interface Figure {
  name: string;
  of: (trace: TraceDetail) => number | null | undefined;
  show: (value: number) => string;
  /** Whether less is better; of others no side is. */
  judged?: boolean;
}

const FIGURES: Figure[] = [
  { name: "Duration", of: (trace) => trace.duration_ms, show: durationOf, judged: true },
  { name: "Agents", of: ({ counts }) => counts.agents, show: countOf },
  { name: "Spans", of: ({ counts }) => counts.spans, show: countOf },
  { name: "Failed spans", of: ({ counts }) => counts.failed_spans, show: countOf, judged: true },
  { name: "LLM calls", of: ({ counts }) => counts.llm_calls, show: countOf },
  { name: "Tool calls", of: ({ counts }) => counts.tool_calls, show: countOf },
  { name: "Handoffs", of: ({ counts }) => counts.handoffs, show: countOf },
  { name: "Tokens", of: ({ tokens }) => tokens.total, show: countOf, judged: true },
  { name: "Cost", of: (trace) => trace.cost_usd, show: moneyOf, judged: true },
];

export function Figures({ a, b }: { a: TraceAnswer; b: TraceAnswer }) {
  return (
    <div className="card compare-scroll" tabIndex={0} role="region" aria-label="Figures of both">
      <table className="compare-table">
        <thead>
          <tr>
            <th>Figure</th>
            <th className="number">
              <TraceLink trace={a.trace} side="A" />
            </th>
            <th className="number">
              <TraceLink trace={b.trace} side="B" />
            </th>
            <th className="number">B against A</th>
          </tr>
        </thead>
        <tbody>
          <Words name="Status" a={<State trace={a.trace} />} b={<State trace={b.trace} />} />
          <Words name="Started" a={<Start trace={a.trace} />} b={<Start trace={b.trace} />} />
          <Words
            name="Models"
            a={a.trace.models.join(", ") || "–"}
            b={b.trace.models.join(", ") || "–"}
          />
          {FIGURES.map((figure) => (
            <FigureRow key={figure.name} figure={figure} a={a.trace} b={b.trace} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const State = ({ trace }: { trace: TraceDetail }) => (
  <StatusBadge status={trace.status} stuck={trace.stuck} />
);
const Start = ({ trace }: { trace: TraceDetail }) =>
  trace.time_source === "order" ? "no times" : <Time at={trace.start_time} />;

function TraceLink({ trace, side }: { trace: TraceDetail; side: string }) {
  return (
    <>
      {side}:{" "}
      <Link to={`/traces/${trace.trace_id}`}>{trace.name ?? trace.trace_id.slice(0, 8)}</Link>
    </>
  );
}

function Words({ name, a, b }: { name: string; a: ReactNode; b: ReactNode }) {
  return (
    <tr>
      <td>{name}</td>
      <td className="number">{a}</td>
      <td className="number">{b}</td>
      <td />
    </tr>
  );
}

function FigureRow({ figure, a, b }: { figure: Figure; a: TraceDetail; b: TraceDetail }) {
  const [left, right] = [figure.of(a), figure.of(b)];
  const show = (value: number | null | undefined) => (value == null ? "–" : figure.show(value));
  return (
    <tr>
      <td>{figure.name}</td>
      <td className="number">{show(left)}</td>
      <td className="number">{show(right)}</td>
      <td className="number">
        {left != null && right != null && (
          <Delta left={left} right={right} show={figure.show} judged={figure.judged} />
        )}
      </td>
    </tr>
  );
}

interface DeltaProps {
  left: number;
  right: number;
  show: (value: number) => string;
  judged?: boolean | undefined;
}

export function Delta({ left, right, show, judged = false }: DeltaProps) {
  const difference = right - left;
  if (difference === 0) return <span className="quiet">same</span>;
  const sign = difference > 0 ? "+" : "−";
  const share = left > 0 ? ` (${sign}${Math.abs((difference / left) * 100).toFixed(0)} %)` : "";
  return (
    <span className={judged ? (difference > 0 ? "more-of" : "less-of") : undefined}>
      {sign}
      {show(Math.abs(difference))}
      <span className="quiet">{share}</span>
    </span>
  );
}
