/** The charts of the metrics, with one crosshair between them. */
import { useMemo } from "react";
import type { MetricsReport } from "../../api/types";
import { compactOf, durationOf, moneyOf } from "../../format/amount";
import { DURATION_STEPS } from "../../ui/axis";
import { Chart } from "../../ui/Chart";
import { counted, measured, seriesOf } from "./series";

interface ChartsProps {
  report: MetricsReport;
  range: [from: number, to: number];
  onRange: (from: number, to: number) => void;
}

export function Charts({ report, range, onRange }: ChartsProps) {
  const series = useMemo(() => seriesOf(report), [report]);
  const shared = { times: series.times, group: "metrics", range, onRange };
  const durations = (of: "p50_ms" | "p95_ms" | "p99_ms") =>
    measured(series, ({ traces }) => traces.durations[of]);
  return (
    <div className="charts">
      <Chart
        {...shared}
        title="Traces"
        format={compactOf}
        lines={[
          {
            name: "begun",
            color: "--accent",
            filled: true,
            values: counted(series, ({ traces }) => traces.total),
          },
          {
            name: "failed",
            color: "--bad",
            filled: true,
            values: counted(series, ({ traces }) => traces.failed),
          },
        ]}
      />
      <Chart
        {...shared}
        title="Duration of traces"
        format={durationOf}
        steps={DURATION_STEPS}
        lines={[
          { name: "p50", color: "--llm", values: durations("p50_ms") },
          { name: "p95", color: "--tool", values: durations("p95_ms") },
          { name: "p99", color: "--bad", values: durations("p99_ms") },
        ]}
      />
      <Chart
        {...shared}
        title="Tokens"
        format={compactOf}
        lines={[
          {
            name: "input",
            color: "--retriever",
            filled: true,
            values: counted(series, ({ tokens }) => tokens.input),
          },
          {
            name: "output",
            color: "--agent",
            filled: true,
            values: counted(series, ({ tokens }) => tokens.output),
          },
        ]}
      />
      <Chart
        {...shared}
        title="Cost"
        format={moneyOf}
        lines={[
          {
            name: "cost",
            color: "--good",
            filled: true,
            values: counted(series, ({ cost_usd: cost }) => cost),
          },
        ]}
      />
      <Chart
        {...shared}
        title="Calls"
        format={compactOf}
        lines={[
          { name: "LLM", color: "--llm", values: counted(series, (slot) => slot.llm_calls) },
          { name: "tools", color: "--tool", values: counted(series, (slot) => slot.tool_calls) },
        ]}
      />
      <Chart
        {...shared}
        title="Failed traces, of those that ended"
        format={(share) => `${(share * 100).toFixed(0)} %`}
        lines={[
          {
            name: "failed",
            color: "--bad",
            filled: true,
            values: measured(series, ({ traces }) =>
              traces.success_rate == null ? null : 1 - traces.success_rate,
            ),
          },
        ]}
      />
    </div>
  );
}
