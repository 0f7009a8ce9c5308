/** The columns of the table of traces. */
import type { TraceSummary } from "../../api/types";
import { compactOf, countOf, moneyOf, plural } from "../../format/amount";
import { Agent } from "../../ui/Agent";
import { StatusBadge } from "../../ui/Badge";
import { Duration, Time } from "../../ui/Time";
import type { Column } from "../../ui/VirtualTable";

type TraceColumn = Column<TraceSummary> & { optional?: boolean };

const unless0 = (count: number, show: (count: number) => string) =>
  count === 0 ? <span className="quiet">–</span> : show(count);

export const COLUMNS: TraceColumn[] = [
  {
    id: "status",
    name: "Status",
    width: "98px",
    cell: (trace) => <StatusBadge status={trace.status} stuck={trace.stuck} />,
  },
  {
    id: "name",
    name: "Name",
    width: "minmax(80px, 2fr)",
    cell: (trace) => (
      <span title={trace.trace_id}>
        <strong className="trace-name">{trace.name ?? trace.trace_id}</strong>
        {trace.run && <span className="quiet"> · {plural(trace.run.traces, "trace")}</span>}
      </span>
    ),
  },
  {
    id: "agents",
    name: "Agents",
    width: "minmax(90px, 1.6fr)",
    wide: true,
    optional: true,
    cell: ({ root_agent: root, agents }) => <Agents root={root ?? agents[0]} all={agents} />,
  },
  {
    id: "started",
    name: "Started",
    width: "82px",
    cell: (trace) => <Time at={trace.start_time} as="ago" />,
  },
  {
    id: "duration",
    name: "Duration",
    width: "74px",
    number: true,
    cell: (trace) => (
      <Duration
        millis={trace.duration_ms}
        since={trace.status === "RUNNING" ? trace.start_time : undefined}
      />
    ),
  },
  {
    id: "spans",
    name: "Spans",
    width: "52px",
    number: true,
    wide: true,
    optional: true,
    cell: ({ run, counts }) => countOf(run?.spans ?? counts.spans),
  },
  {
    id: "llm",
    name: "LLM",
    width: "40px",
    number: true,
    wide: true,
    optional: true,
    cell: (trace) => unless0(trace.run?.llm_calls ?? trace.counts.llm_calls, countOf),
  },
  {
    id: "tools",
    name: "Tools",
    width: "52px",
    number: true,
    wide: true,
    optional: true,
    cell: (trace) => unless0(trace.run?.tool_calls ?? trace.counts.tool_calls, countOf),
  },
  {
    id: "handoffs",
    name: "Handoffs",
    width: "66px",
    number: true,
    wide: true,
    optional: true,
    cell: (trace) => unless0(trace.counts.handoffs, countOf),
  },
  {
    id: "errors",
    name: "Errors",
    width: "48px",
    number: true,
    wide: true,
    optional: true,
    cell: ({ run, counts }) => {
      const failed = Math.max(run?.failed_spans ?? counts.failed_spans, counts.errors);
      return failed > 0 ? <span className="failed">{countOf(failed)}</span> : unless0(0, countOf);
    },
  },
  {
    id: "tokens",
    name: "Tokens",
    width: "58px",
    number: true,
    wide: true,
    optional: true,
    cell: (trace) => unless0((trace.run ?? trace).tokens.total, compactOf),
  },
  {
    id: "cost",
    name: "Cost",
    width: "64px",
    number: true,
    wide: true,
    optional: true,
    cell: (trace) => unless0((trace.run ?? trace).cost_usd, moneyOf),
  },
  {
    id: "project",
    name: "Project",
    width: "minmax(50px, 0.7fr)",
    wide: true,
    optional: true,
    cell: (trace) => trace.project ?? <span className="quiet">–</span>,
  },
];

function Agents({ root, all }: { root: string | undefined; all: string[] }) {
  if (!root) return <span className="quiet">–</span>;
  return (
    <span className="row" title={all.join("\n")} style={{ gap: 6 }}>
      <Agent name={root} />
      {all.length > 1 && <span className="quiet">+{all.length - 1}</span>}
    </span>
  );
}
