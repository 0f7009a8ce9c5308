/** Every handoff of a trace, with its reason and what was passed along. */
import { useState } from "react";
import type { HandoffView } from "../../../api/types";
import { countOf, plural } from "../../../format/amount";
import { millisOf } from "../../../format/instant";
import { JsonTree } from "../../../payload/JsonTree";
import { Agent } from "../../../ui/Agent";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { Time } from "../../../ui/Time";

const FEW = 25;

interface HandoffsProps {
  handoffs: HandoffView[];
  /** Its instants are an order, no times. */
  ordered: boolean;
  /** Only those until this moment. */
  until: number | undefined;
  select: (spanId: string) => void;
}

export function Handoffs({ handoffs, ordered, until, select }: HandoffsProps) {
  const [shown, setShown] = useState(FEW);
  const past = handoffs.filter(
    ({ timestamp }) => until === undefined || millisOf(timestamp) <= until,
  );
  if (handoffs.length === 0) return null;
  return (
    <section className="stack" aria-label="Handoffs">
      <h2>
        Handoffs <span className="quiet">{countOf(past.length)}</span>
      </h2>
      <ol className="handoffs">
        {past.slice(0, shown).map((handoff) => (
          <Line key={handoff.handoff_id} handoff={handoff} ordered={ordered} select={select} />
        ))}
      </ol>
      {past.length > shown && (
        <Button onClick={() => setShown(shown + 4 * FEW)}>
          Show more of {plural(past.length, "handoff")}
        </Button>
      )}
    </section>
  );
}

interface LineProps {
  handoff: HandoffView;
  ordered: boolean;
  select: (spanId: string) => void;
}

function Line({ handoff, ordered, select }: LineProps) {
  const { span_id: spanId, reason, mode, rule, context } = handoff;
  return (
    <li className="card handoff">
      <div className="row wrap">
        {!ordered && (
          <span className="mono quiet">
            <Time at={handoff.timestamp} as="clock" />
          </span>
        )}
        <Agent name={handoff.source_agent_name} />
        <span aria-label="to">→</span>
        <Agent name={handoff.target_agent_name} />
        {mode && <Badge>{mode}</Badge>}
        {rule && <Badge title="Nobody said it outright; this rule recognised it">{rule}</Badge>}
        {spanId && (
          <button className="more" onClick={() => select(spanId)}>
            span
          </button>
        )}
      </div>
      {reason && <p className="handoff-reason">{reason}</p>}
      {context != null && <JsonTree value={context} />}
    </li>
  );
}
