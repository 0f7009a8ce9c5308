/** How much, how fast, how dear and how often wrong, over any range of time. */
import { useQuery } from "@tanstack/react-query";
import { ChartLine } from "lucide-react";
import { useMemo } from "react";
import { PageHead } from "../../app/PageHead";
import { useUrlState } from "../../app/useUrlState";
import { metricsQuery } from "../../api/queries";
import type { MetricsReport } from "../../api/types";
import { compactOf, countOf, durationOf, moneyOf, shareOf } from "../../format/amount";
import { Segments } from "../../ui/Segments";
import { Empty, Failure, Loading } from "../../ui/Notice";
import { Tile } from "../../ui/Tile";
import { useDebounced } from "../../ui/useDebounced";
import { useNow } from "../../ui/useNow";
import { Charts } from "./Charts";
import { NameTable } from "./NameTable";
import { PRESETS, rangeOf } from "./range";
import "./metrics.css";

const REFRESH_MS = 5000;
const MINUTE_MS = 60_000;
const REST_MS = 300;

export function MetricsPage() {
  const [params, change] = useUrlState();
  const minute = useNow(MINUTE_MS);
  const range = useMemo(() => rangeOf(params, minute), [params, minute]);
  const project = useDebounced(params.get("project")?.trim() ?? "", REST_MS);
  const query = useQuery({
    ...metricsQuery({
      from: new Date(range.from).toISOString(),
      to: new Date(range.to).toISOString(),
      interval_s: range.interval,
      ...(project && { project }),
    }),
    refetchInterval: REFRESH_MS,
  });
  const custom = { value: "custom", text: "Custom" } as const;
  const choices = range.preset === "custom" ? [...PRESETS, custom] : PRESETS;
  return (
    <div className="fill">
      <PageHead title="Metrics" freshness={query.data}>
        <input
          className="input"
          placeholder="Any project"
          aria-label="Only this project"
          value={params.get("project") ?? ""}
          onChange={(event) => change({ project: event.target.value })}
        />
        <Segments
          label="Range of time"
          value={range.preset}
          choices={choices}
          onChange={(preset) => change({ range: preset, from: null, to: null })}
        />
        <Ends
          from={range.from}
          to={range.to}
          onChange={(from, to) => change({ range: null, from, to })}
        />
      </PageHead>
      <div className="scroll">
        <div className="page-body">
          {query.isError && !query.data && <Failure error={query.error} retry={query.refetch} />}
          {query.isPending && <Loading lines={6} height={90} />}
          {query.data && (
            <Report
              report={query.data}
              range={[range.from / 1000, range.to / 1000]}
              onRange={(from, to) =>
                change(
                  {
                    range: null,
                    from: new Date(from * 1000).toISOString(),
                    to: new Date(to * 1000).toISOString(),
                  },
                  true,
                )
              }
            />
          )}
        </div>
      </div>
    </div>
  );
}

interface EndsProps {
  from: number;
  to: number;
  onChange: (from: string, to: string) => void;
}

/** Both ends of the range, in local time. */
function Ends({ from, to, onChange }: EndsProps) {
  const iso = (local: string, otherwise: number) =>
    new Date(local === "" ? otherwise : local).toISOString();
  return (
    <span className="row">
      <input
        className="input"
        type="datetime-local"
        aria-label="From"
        value={localOf(from)}
        max={localOf(to)}
        onChange={(event) => onChange(iso(event.target.value, from), iso("", to))}
      />
      <span aria-hidden>–</span>
      <input
        className="input"
        type="datetime-local"
        aria-label="Until"
        value={localOf(to)}
        min={localOf(from)}
        onChange={(event) => onChange(iso("", from), iso(event.target.value, to))}
      />
    </span>
  );
}

function localOf(millis: number): string {
  const shifted = millis - new Date(millis).getTimezoneOffset() * MINUTE_MS;
  return new Date(shifted).toISOString().slice(0, 16);
}

interface ReportProps {
  report: MetricsReport;
  range: [from: number, to: number];
  onRange: (from: number, to: number) => void;
}

function Report({ report, range, onRange }: ReportProps) {
  const { traces, tokens } = report;
  if (traces.total === 0 && report.kinds.length === 0) {
    return (
      <Empty icon={ChartLine} title="Nothing happened in this range">
        <p>Widen the range, or send a trace and watch it come:</p>
        <pre>telemetron demo</pre>
      </Empty>
    );
  }
  const calls = (kind: string) => report.kinds.find((known) => known.kind === kind)?.total ?? 0;
  const { p50_ms: p50, p95_ms: p95, p99_ms: p99 } = traces.durations;
  const took = (millis: number | null | undefined) => (millis == null ? "–" : durationOf(millis));
  return (
    <>
      <dl className="tiles">
        <Tile name="Traces" note={traces.running > 0 ? `${traces.running} running` : undefined}>
          {countOf(traces.total)}
        </Tile>
        <Tile name="Success" note={`${countOf(traces.failed)} failed`}>
          {traces.success_rate == null ? "–" : shareOf(traces.success_rate)}
        </Tile>
        <Tile name="Trace p50">{took(p50)}</Tile>
        <Tile name="Trace p95">{took(p95)}</Tile>
        <Tile name="Trace p99">{took(p99)}</Tile>
        <Tile name="Running spans">{countOf(report.running_spans)}</Tile>
        <Tile name="LLM calls">{compactOf(calls("LLM"))}</Tile>
        <Tile name="Tool calls">{compactOf(calls("TOOL"))}</Tile>
        <Tile name="Tokens">{compactOf(tokens.total)}</Tile>
        <Tile name="Cost">{moneyOf(report.cost_usd)}</Tile>
      </dl>
      <Charts report={report} range={range} onRange={onRange} />
      <NameTable title="Agents" rows={report.agents} field="agent" />
      <NameTable title="Models" rows={report.models} field="model" />
      <NameTable title="Tools" rows={report.tools} field="tool" />
    </>
  );
}
