/** That a trace is one of a run's, and which of the two is looked at. */
import { Workflow } from "lucide-react";
import { Link } from "react-router";
import type { Follow } from "../../api/queries";
import type { TraceAnswer } from "../../api/types";
import { compactOf, countOf, moneyOf, plural } from "../../format/amount";
import { StatusBadge } from "../../ui/Badge";
import { Segments } from "../../ui/Segments";

interface RunBarProps {
  answer: TraceAnswer;
  traceId: string;
  onFollow: (follow: Follow | null) => void;
}

type Choice = "trace" | Follow;

export function RunBar({ answer: { trace, run }, traceId, onFollow }: RunBarProps) {
  const alone = (run?.traces.length ?? 1) < 2 && !trace.run;
  if (alone && run?.follow !== "session") return null;
  const follow = run?.follow;
  const whole: Choice = follow ?? "links";
  const choices: { value: Choice; text: string }[] = [
    { value: "trace", text: "This trace" },
    { value: whole, text: whole === "session" ? "Whole session" : "Whole run" },
  ];
  return (
    <section className="run-bar" aria-label="Run">
      <div className="row wrap">
        <Workflow size={15} aria-hidden />
        <span>{run ? toldOf(run) : partOf(trace)}</span>
        <Segments<Choice>
          label="What is shown"
          value={follow ?? "trace"}
          choices={choices}
          onChange={(choice) => onFollow(choice === "trace" ? null : choice)}
        />
      </div>
      {run && <Members run={run} traceId={traceId} />}
    </section>
  );
}

function toldOf(run: NonNullable<TraceAnswer["run"]>): string {
  const by = run.follow === "session" ? "of one session" : "joined by links";
  const more = run.more ? "; there are more, which are not shown" : "";
  return `${plural(run.traces.length, "trace")} ${by}, read as one${more}`;
}

function partOf({ run }: TraceAnswer["trace"]): string {
  if (!run) return "";
  const sums = [plural(run.spans, "span")];
  if (run.tokens.total > 0) sums.push(`${compactOf(run.tokens.total)} tokens`);
  if (run.cost_usd > 0) sums.push(moneyOf(run.cost_usd));
  if (run.failed_traces > 0) sums.push(`${countOf(run.failed_traces)} failed`);
  const count = `${countOf(run.traces)}${run.more ? "+" : ""}`;
  return `One of ${count} traces of a run: ${sums.join(", ")} in all`;
}

/** So many traces are named; the rest are in the views. */
const FEW = 12;

function Members({ run, traceId }: { run: NonNullable<TraceAnswer["run"]>; traceId: string }) {
  const left = run.traces.length - FEW;
  return (
    <ul className="run-members" aria-label="Traces of the run">
      {run.traces.slice(0, FEW).map((one) => (
        <li key={one.trace_id} aria-current={one.trace_id === traceId || undefined}>
          <Link className="clip" to={`/traces/${one.trace_id}`} title={one.trace_id}>
            {one.name ?? one.trace_id}
          </Link>
          {one.status !== "COMPLETED" && <StatusBadge status={one.status} />}
        </li>
      ))}
      {left > 0 && <li className="quiet">and {countOf(left)} more</li>}
    </ul>
  );
}
