/** Which work only one of two traces did, or did more often, or failed at. */
import { useMemo, useState } from "react";
import { countOf, durationOf, plural } from "../../format/amount";
import { Agent } from "../../ui/Agent";
import { KindBadge } from "../../ui/Badge";
import type { Spans } from "../trace/model/useSpans";
import { Delta } from "./Figures";
import { type Group, type Side, groupsOf, isAlike } from "./groups";

interface GroupsProps {
  a: Spans;
  b: Spans;
  /** Times of one are only an order, so that durations say nothing. */
  ordered: boolean;
}

const FEW = 200;

export function Groups({ a, b, ordered }: GroupsProps) {
  const [all, setAll] = useState(false);
  const groups = useMemo(() => groupsOf(a, b), [a, b]);
  const differing = groups.filter((group) => !isAlike(group));
  const shown = all ? groups : differing;
  return (
    <section className="card">
      <header>
        <h2>Work</h2>
        <span className="quiet">
          {differing.length === 0 ? "the same in both" : plural(differing.length, "difference")}
        </span>
        <span className="grow" />
        <label className="checkbox">
          <input type="checkbox" checked={all} onChange={() => setAll(!all)} />
          also what is alike
        </label>
      </header>
      {shown.length > 0 && (
        <div className="compare-scroll" tabIndex={0} role="region" aria-label="Work of both">
          <table className="compare-table">
            <thead>
              <tr>
                <th>What</th>
                <th>Agent</th>
                <th className="number">A</th>
                <th className="number">B</th>
                {!ordered && <th className="number">Time, B against A</th>}
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, FEW).map((group) => (
                <GroupRow
                  key={`${group.kind} ${group.agent ?? ""} ${group.name}`}
                  group={group}
                  ordered={ordered}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length > FEW && <p className="quiet compare-rest">and {shown.length - FEW} more</p>}
    </section>
  );
}

function GroupRow({ group, ordered }: { group: Group; ordered: boolean }) {
  const { kind, name, agent, a, b } = group;
  const only = a.spans === 0 ? "b" : b.spans === 0 ? "a" : undefined;
  return (
    <tr data-only={only}>
      <td>
        <KindBadge kind={kind} /> {name}
        {only && <span className="quiet"> only in {only.toUpperCase()}</span>}
      </td>
      <td>{agent && <Agent name={agent} />}</td>
      <td className="number">
        <Count side={a} />
      </td>
      <td className="number">
        <Count side={b} />
      </td>
      {!ordered && (
        <td className="number">
          <Delta left={a.took} right={b.took} show={durationOf} judged />
        </td>
      )}
    </tr>
  );
}

function Count({ side: { spans, failed } }: { side: Side }) {
  if (spans === 0) return <span className="quiet">–</span>;
  return (
    <>
      {countOf(spans)}×{failed > 0 && <span className="more-of"> {countOf(failed)} failed</span>}
    </>
  );
}
