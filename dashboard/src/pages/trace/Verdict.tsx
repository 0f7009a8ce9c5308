/** Why a trace failed, in one sentence at its head; its own words until that is known. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { diagnosisQuery } from "../../api/oracle";
import { useUrlState, withChange } from "../../app/useUrlState";
import type { TraceAnswer } from "../../api/types";

export function Verdict({ answer: { trace, run } }: { answer: TraceAnswer }) {
  const [params] = useUrlState();
  const wrong = trace.status === "FAILED" || trace.stuck;
  const { data } = useQuery({ ...diagnosisQuery(trace.trace_id, run?.follow), enabled: wrong });
  const said = wrong && data ? data.verdict : trace.error?.message;
  if (!said) return null;
  return (
    <div className="banner" data-tone="bad" role="note" aria-label="Why it failed">
      {trace.error && <strong>{trace.error.type}</strong>}
      <span className="clip" title={said}>
        {said}
      </span>
      <span className="grow" />
      <Link to={{ search: `?${withChange(params, { view: "errors", span: null })}` }}>
        Diagnosis
      </Link>
    </div>
  );
}
