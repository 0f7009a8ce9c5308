/** What differs between two traces, as the API aligned their steps. */
import { Link } from "react-router";
import type { StepDifference, TraceComparison } from "../../api/types";
import { plural } from "../../format/amount";
import { Agent } from "../../ui/Agent";
import { Badge, KindBadge, type Tone } from "../../ui/Badge";

export function Differences({ told }: { told: TraceComparison }) {
  const { first_difference: first, steps, limits, next, same_steps: same } = told;
  return (
    <>
      <section className="stack" aria-label="Verdict">
        {told.chosen_because && <p className="quiet">B is {told.chosen_because}.</p>}
        <p>
          <strong>{told.verdict}</strong>
        </p>
        <Lines lines={told.summary} />
      </section>
      {first && (
        <section className="card" aria-label="First difference">
          <header>
            <h2>Where they part ways</h2>
          </header>
          <Step step={first} told={told} />
        </section>
      )}
      <section className="card">
        <header>
          <h2>Steps that differ</h2>
          <span className="quiet">
            {steps.length}; {plural(same, "step")} the same in both
          </span>
        </header>
        <ol className="steps" aria-label="Steps that differ">
          {steps.map((step) => (
            <li key={`${step.a ?? ""} ${step.b ?? ""}`} data-only={ONLY[step.change]}>
              <Step step={step} told={told} />
            </li>
          ))}
        </ol>
        {told.omitted_steps > 0 && (
          <p className="quiet compare-rest">
            and {plural(told.omitted_steps, "step")} more that differ
          </p>
        )}
      </section>
      {next.length > 0 && <Lines title="Next" lines={next} />}
      {limits.length > 0 && <Lines title="Not looked at" lines={limits} />}
    </>
  );
}

function Lines({ title, lines }: { title?: string; lines: string[] }) {
  return (
    <div>
      {title && <h2>{title}</h2>}
      <ul className="compare-lines">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

const ONLY: Partial<Record<StepDifference["change"], "a" | "b">> = { only_a: "a", only_b: "b" };
const CHANGE: Record<StepDifference["change"], { text: string; tone: Tone }> = {
  changed: { text: "differs", tone: "warn" },
  only_a: { text: "only in A", tone: "llm" },
  only_b: { text: "only in B", tone: "tool" },
};

function Step({ step, told }: { step: StepDifference; told: TraceComparison }) {
  const { text, tone } = CHANGE[step.change];
  return (
    <div className="step">
      <div className="row wrap">
        <Badge tone={tone}>{text}</Badge>
        <KindBadge kind={step.kind} />
        <strong>{step.name}</strong>
        {step.agent && <Agent name={step.agent} />}
        <span className="grow" />
        {step.a && <Link to={`/traces/${told.a.trace_id}?span=${step.a}`}>in A</Link>}
        {step.b && <Link to={`/traces/${told.b.trace_id}?span=${step.b}`}>in B</Link>}
      </div>
      {step.differences.length > 0 && (
        <dl className="pairs">
          {step.differences.map((difference) => (
            <Aspect key={difference.aspect} {...difference} />
          ))}
        </dl>
      )}
    </div>
  );
}

function Aspect({ aspect, a, b, lines = [] }: StepDifference["differences"][number]) {
  return (
    <>
      <dt>{aspect.replaceAll("_", " ")}</dt>
      <dd>
        {(a != null || b != null) && (
          <span>
            {a ?? "–"} → {b ?? "–"}
          </span>
        )}
        {lines.length > 0 && <pre className="step-lines">{lines.join("\n")}</pre>}
      </dd>
    </>
  );
}
