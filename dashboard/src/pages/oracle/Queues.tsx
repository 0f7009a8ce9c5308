/** The queues, and the tasks that wait in them. */
import type { QueueState, QueuedTask, SourceState } from "../../api/types";
import { countOf, durationOf } from "../../format/amount";
import { Badge, type Tone } from "../../ui/Badge";
import { Time } from "../../ui/Time";
import { Nothing } from "./Sources";

interface QueuesProps {
  queues: QueueState[];
  sources: SourceState[];
}

export function Queues({ queues, sources }: QueuesProps) {
  return (
    <section className="card">
      <header>
        <h2>Queues</h2>
        <span className="quiet">{queues.length}</span>
      </header>
      {queues.length === 0 ? (
        <Nothing what="queue is known" sources={sources} of={["telemetry", "kafka"]} />
      ) : (
        queues.map((queue) => <Queue key={queue.name} queue={queue} />)
      )}
    </section>
  );
}

function Queue({ queue: { name, tasks, detail } }: { queue: QueueState }) {
  const waiting = detail?.waiting ?? tasks.length;
  return (
    <div className="oracle-deployment">
      <div className="row wrap">
        <h3>{name}</h3>
        <Badge tone={waiting > 0 ? "warn" : "good"}>{countOf(waiting)} waiting</Badge>
        {detail && <span className="quiet">{countOf(detail.running)} being worked on</span>}
        {detail?.topic && <span className="mono quiet">{detail.topic}</span>}
        {detail?.lag != null && <span className="quiet">{countOf(detail.lag)} unread</span>}
      </div>
      {tasks.length > 0 && <Tasks name={name} tasks={tasks} waiting={waiting} />}
    </div>
  );
}

function Tasks({ name, tasks, waiting }: { name: string; tasks: QueuedTask[]; waiting: number }) {
  return (
    <div className="wide-table" tabIndex={0} role="region" aria-label={`Tasks of ${name}`}>
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>Urgency</th>
            <th>Waiting</th>
            <th>Held up by</th>
            <th>Asked by</th>
            <th>What is to be done</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow key={task.id} task={task} />
          ))}
        </tbody>
      </table>
      {waiting > tasks.length && (
        <p className="oracle-none quiet">and {countOf(waiting - tasks.length)} more that wait</p>
      )}
    </div>
  );
}

const URGENCY: Record<QueuedTask["priority"]["level"], Tone> = {
  low: "chain",
  normal: "busy",
  high: "warn",
  critical: "bad",
};
const MINUTE_MS = 60_000;

function TaskRow({ task }: { task: QueuedTask }) {
  const { level, blocked_task: blocked, waiting_since_mins: minutes } = task.priority;
  return (
    <tr>
      <td className="mono">{task.id}</td>
      <td>
        <Badge tone={URGENCY[level]}>{level}</Badge>
      </td>
      <td>
        {minutes == null ? (
          <Time at={task.submitted_at} as="ago" />
        ) : (
          durationOf(minutes * MINUTE_MS)
        )}
      </td>
      <td className="mono">{blocked ?? ""}</td>
      <td>{task.invoked_by ?? ""}</td>
      <td className="oracle-prompt" title={task.prompt ?? undefined}>
        {task.prompt ?? ""}
      </td>
    </tr>
  );
}
