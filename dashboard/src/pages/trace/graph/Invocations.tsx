/** The times that one agent was put to work, so that what ran side by side can be told apart. */
import { spanKey } from "../../../api/queries";
import type { AgentNode } from "../../../api/types";
import { compactOf, countOf, moneyOf, plural } from "../../../format/amount";
import { StatusBadge } from "../../../ui/Badge";
import { Duration, Time } from "../../../ui/Time";

interface InvocationsProps {
  node: AgentNode;
  ordered: boolean;
  select: (spanId: string) => void;
}

export function Invocations({ node, ordered, select }: InvocationsProps) {
  const more = node.invocation_count - node.invocations.length;
  return (
    <section className="stack" aria-label={`Invocations of ${node.name}`}>
      <h3>
        Invocations <span className="quiet">{countOf(node.invocation_count)}</span>
      </h3>
      <ol className="invocations">
        {node.invocations.map((one, at) => (
          <li key={spanKey(one.span_id, one.trace_id)} className="row wrap">
            <span className="quiet number">{at + 1}</span>
            <StatusBadge status={one.status} />
            <button className="more" onClick={() => select(spanKey(one.span_id, one.trace_id))}>
              {one.name}
            </button>
            {!ordered && (
              <span className="mono quiet">
                <Time at={one.start_time} as="clock" />
              </span>
            )}
            {!ordered && (
              <Duration
                millis={one.end_time ? one.duration_ms : null}
                since={one.end_time ? undefined : one.start_time}
              />
            )}
            <span>{plural(one.spans, "span")}</span>
            {one.tokens.total > 0 && <span>{compactOf(one.tokens.total)} tokens</span>}
            {one.cost_usd > 0 && <span>{moneyOf(one.cost_usd)}</span>}
            {one.errors > 0 && <span className="graph-errors">{plural(one.errors, "error")}</span>}
          </li>
        ))}
      </ol>
      {more > 0 && <p className="quiet">and {countOf(more)} more, later</p>}
    </section>
  );
}
