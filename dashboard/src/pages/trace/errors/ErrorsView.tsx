/** What failed in a trace: where each failure began, and what was recorded as an error. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useMemo, useState } from "react";
import { diagnosisQuery } from "../../../api/oracle";
import { spanKey, spanQuery } from "../../../api/queries";
import type { ErrorView, Diagnosis as Told } from "../../../api/types";
import { countOf, plural } from "../../../format/amount";
import { Agent } from "../../../ui/Agent";
import { Badge, KindBadge, SeverityBadge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { Empty, Failure, Loading } from "../../../ui/Notice";
import { Time } from "../../../ui/Time";
import { useErrors } from "../model/notes";
import { KINDS } from "../model/spanStore";
import { FailureBox } from "../panel/Content";
import type { ViewProps } from "../TracePage";
import { Diagnosis } from "./Diagnosis";
import { type Origin, originsOf } from "./failures";

const FEW = 20;

export function ErrorsView({ answer, spans, select }: ViewProps) {
  const { store, layout } = spans;
  const [shown, setShown] = useState(FEW);
  const origins = useMemo(() => originsOf(store, layout), [store, layout]);
  const { trace } = answer;
  const errors = useErrors(answer);
  const diagnosis = useQuery(diagnosisQuery(trace.trace_id, answer.run?.follow));
  const nothing = origins.length === 0 && errors.length === 0 && !trace.error;
  if (nothing && diagnosis.data && isSilent(diagnosis.data)) {
    return (
      <Empty icon={CircleCheck} title="Nothing failed">
        <p>No span of this trace failed and no error was recorded.</p>
      </Empty>
    );
  }
  return (
    <div className="view">
      {diagnosis.isPending && <Loading lines={3} />}
      {diagnosis.isError && <Failure error={diagnosis.error} retry={diagnosis.refetch} />}
      {diagnosis.data && <Diagnosis told={diagnosis.data} store={store} />}
      {trace.error && (
        <section className="stack">
          <h2>Why the trace failed</h2>
          <FailureBox error={trace.error} />
        </section>
      )}
      {errors.length > 0 && <AllRecorded errors={errors} select={select} />}
      {origins.length > 0 && (
        <section className="stack">
          <h2>
            Where it began <span className="quiet">{origins.length}</span>
          </h2>
          {origins.slice(0, shown).map((origin) => (
            <Begun
              key={store.ids[origin.place]}
              origin={origin}
              traceId={trace.trace_id}
              store={store}
              select={select}
            />
          ))}
          {origins.length > shown && (
            <Button onClick={() => setShown(shown + FEW)}>
              Show more of {plural(origins.length, "failure")}
            </Button>
          )}
        </section>
      )}
    </div>
  );
}

/** Whether a diagnosis names nothing that could have gone wrong. */
const isSilent = ({ causes, chain, findings }: Told) =>
  causes.length + chain.length + findings.length === 0;

interface AllRecordedProps {
  errors: ErrorView[];
  select: (spanId: string) => void;
}

function AllRecorded({ errors, select }: AllRecordedProps) {
  const [shown, setShown] = useState(FEW);
  return (
    <section className="stack">
      <h2>
        Recorded errors <span className="quiet">{countOf(errors.length)}</span>
      </h2>
      {errors.slice(0, shown).map((error) => (
        <Recorded key={spanKey(error.error_id, error.trace_id)} error={error} select={select} />
      ))}
      {errors.length > shown && (
        <Button onClick={() => setShown(shown + 4 * FEW)}>
          Show more of {plural(errors.length, "error")}
        </Button>
      )}
    </section>
  );
}

interface RecordedProps {
  error: ErrorView;
  select: (spanId: string) => void;
}

function Recorded({ error, select }: RecordedProps) {
  const agent = error.agent_name ?? error.agent_id;
  const spanId = error.span_id && spanKey(error.span_id, error.trace_id);
  return (
    <article className="failure">
      <div className="row wrap">
        <strong>{error.error_type}</strong>
        <SeverityBadge severity={error.severity} />
        <Badge>{error.category}</Badge>
        {agent && <Agent name={agent} />}
        <Time at={error.timestamp} as="clock" />
        {error.attempts != null && <span>{plural(error.attempts, "attempt")}</span>}
        {spanId && <Button onClick={() => select(spanId)}>Open the span</Button>}
      </div>
      <span>{error.message}</span>
      {error.suggested_fixes.length > 0 && (
        <span>
          <strong>Try: </strong>
          {error.suggested_fixes.join("; ")}
        </span>
      )}
      {error.stack && <pre>{error.stack}</pre>}
    </article>
  );
}

interface BegunProps {
  origin: Origin;
  traceId: string;
  store: ViewProps["spans"]["store"];
  select: (spanId: string) => void;
}

function Begun({ origin: { place, above }, traceId, store, select }: BegunProps) {
  const spanId = store.ids[place] ?? "";
  const { data } = useQuery(spanQuery(traceId, spanId));
  const agent = store.agents[place];
  return (
    <article className="card stack" style={{ padding: 12, gap: 8 }}>
      <div className="row wrap">
        <KindBadge kind={KINDS[store.kind[place] ?? 0] ?? "CHAIN"} />
        <strong>{store.names[place]}</strong>
        {agent && <Agent name={agent} />}
        <span className="grow" />
        <Button onClick={() => select(spanId)}>Open the span</Button>
      </div>
      {data?.span.error && <FailureBox error={data.span.error} />}
      {above.length > 0 && (
        <p className="quiet">
          Took with it:{" "}
          {above.map((place, at) => (
            <span key={place}>
              {at > 0 && " ← "}
              <button className="more" onClick={() => select(store.ids[place] ?? "")}>
                {store.names[place]}
              </button>
            </span>
          ))}
        </p>
      )}
    </article>
  );
}
