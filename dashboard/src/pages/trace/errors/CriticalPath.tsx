/** What decided how long a trace took, and who that time belongs to. */
import type { CriticalPath as Path } from "../../../api/types";
import { durationOf, shareOf } from "../../../format/amount";
import { Agent } from "../../../ui/Agent";
import type { SpanStore } from "../model/spanStore";
import { SpanLink } from "./SpanLinks";

export function CriticalPath({ path, store }: { path: Path; store: SpanStore }) {
  return (
    <section className="card">
      <header>
        <h2>Critical path</h2>
        <span className="quiet">
          {durationOf(path.total_ms)} in all, {durationOf(path.waiting_ms)} of it waiting
        </span>
      </header>
      <ul className="path-agents">
        {path.agents.map(({ agent, duration_ms: took, share }) => (
          <li key={agent ?? ""}>
            {agent ? <Agent name={agent} /> : <span className="quiet">no agent</span>}{" "}
            {durationOf(took)} <span className="quiet">{shareOf(share)}</span>
          </li>
        ))}
      </ul>
      <div className="wide-table" tabIndex={0} role="region" aria-label="Critical path">
        <table>
          <thead>
            <tr>
              <th>What everything waited for</th>
              <th>How</th>
              <th>Agent</th>
              <th className="number">After</th>
              <th className="number">Took</th>
              <th className="number">Share</th>
            </tr>
          </thead>
          <tbody>
            {path.parts.map((part) => (
              <tr key={`${part.span_id} ${part.from_ms}`}>
                <td>
                  <SpanLink store={store} spanId={part.span_id} />
                </td>
                <td className="quiet">{part.is_wait ? "nothing below it worked" : "at work"}</td>
                <td>{part.agent && <Agent name={part.agent} />}</td>
                <td className="number">{durationOf(part.from_ms)}</td>
                <td className="number">{durationOf(part.duration_ms)}</td>
                <td className="number">{shareOf(part.share)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
