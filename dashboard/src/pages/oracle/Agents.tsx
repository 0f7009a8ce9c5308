/** The agents, and what each is at work on. */
import { countOf } from "../../format/amount";
import { Link } from "react-router";
import type { ActiveTask, AgentState, SourceState } from "../../api/types";
import { Agent } from "../../ui/Agent";
import { Badge, type Tone } from "../../ui/Badge";
import { Time } from "../../ui/Time";
import { spanAddress } from "./links";
import { Nothing } from "./Sources";

interface AgentsProps {
  agents: AgentState[];
  sources: SourceState[];
}

export function Agents({ agents, sources }: AgentsProps) {
  return (
    <section className="card">
      <header>
        <h2>Agents</h2>
        <span className="quiet">{agents.length}</span>
      </header>
      {agents.length === 0 ? (
        <Nothing what="agent is known" sources={sources} of={["telemetry", "kubernetes"]} />
      ) : (
        <div className="wide-table" tabIndex={0} role="region" aria-label="Agents">
          <table>
            <thead>
              <tr>
                <th>Agent</th>
                <th>State</th>
                <th>At work on</th>
                <th className="number">At once</th>
                <th>Deployment</th>
                <th>Models</th>
                <th>Last active</th>
              </tr>
            </thead>
            <tbody>
              {agents.map((agent) => (
                <AgentRow key={agent.name} agent={agent} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function AgentRow({ agent }: { agent: AgentState }) {
  const { detail, activity, max_parallel_invocations: most } = agent;
  const active = detail?.last_active_at ?? detail?.heartbeat_at;
  return (
    <tr>
      <td title={agent.description ?? undefined}>
        <Link to={`/traces?agent=${encodeURIComponent(agent.name)}`}>
          <Agent name={agent.name} />
        </Link>
      </td>
      <td>
        <Health agent={agent} />
      </td>
      <td>
        <Work tasks={activity.active_task_ids} />
      </td>
      <td className="number">{most ? countOf(most) : "–"}</td>
      <td>{agent.deployment_name}</td>
      <td>{agent.models.join(", ") || <span className="quiet">–</span>}</td>
      <td>{active ? <Time at={active} as="ago" /> : <span className="quiet">–</span>}</td>
    </tr>
  );
}

/** How it says it is; one that says nothing is as busy as it looks. */
function Health({ agent: { detail, activity } }: { agent: AgentState }) {
  const word = detail?.status;
  if (word) {
    const well = ["healthy", "ok", "idle", "ready", "busy"].includes(word.toLowerCase());
    return (
      <Badge tone={well ? "good" : "bad"} title={detail.reason ?? ""}>
        {word}
      </Badge>
    );
  }
  const busy = activity.active_task_ids.some(({ status }) => status === "running");
  return busy ? <Badge tone="busy">at work</Badge> : <span className="quiet">idle</span>;
}

const TONE: Record<ActiveTask["status"], Tone> = {
  running: "busy",
  waiting: "warn",
  completed: "good",
  failed: "bad",
};
const FEW = 3;

function Work({ tasks }: { tasks: ActiveTask[] }) {
  if (tasks.length === 0) return <span className="quiet">nothing</span>;
  return (
    <ul className="oracle-tasks">
      {tasks.slice(0, FEW).map((task) => (
        <li key={task.id}>
          <Badge tone={TONE[task.status]}>{task.status}</Badge>
          <TaskName id={task.id} />
          <Time at={task.started_on} as="ago" />
        </li>
      ))}
      {tasks.length > FEW && <li className="quiet">and {tasks.length - FEW} more</li>}
    </ul>
  );
}

function TaskName({ id }: { id: string }) {
  const address = spanAddress(id);
  const text = <span className="mono">{address ? id.slice(id.indexOf("/") + 1) : id}</span>;
  return address ? (
    <Link to={address} title={id}>
      {text}
    </Link>
  ) : (
    text
  );
}
