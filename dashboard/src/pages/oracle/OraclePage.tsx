/** The state of the whole system, now or as it was: who told it, what is wrong, what changed. */
import { useQuery } from "@tanstack/react-query";
import { PageHead } from "../../app/PageHead";
import { useUrlState } from "../../app/useUrlState";
import { issuesQuery, snapshotsQuery, systemQuery } from "../../api/oracle";
import type { HistoryEntry, SystemState, SystemStatus } from "../../api/types";
import { Badge, type Tone } from "../../ui/Badge";
import { Failure, Loading } from "../../ui/Notice";
import { Time } from "../../ui/Time";
import { Agents } from "./Agents";
import { Changes } from "./Changes";
import { IssueHistory } from "./IssueHistory";
import { Issues } from "./Issues";
import { Models } from "./Models";
import { atOf, inOrder } from "./moments";
import { Queues } from "./Queues";
import { Sources } from "./Sources";
import { TimeBar } from "./TimeBar";
import { Workload } from "./Workload";
import "./oracle.css";

const TONE: Record<SystemStatus, Tone> = { healthy: "good", degraded: "warn", critical: "bad" };
const NONE: HistoryEntry[] = [];

export function OraclePage() {
  const [params, change] = useUrlState();
  const at = atOf(params.get("at"));
  const go = (moment: string | undefined) => change({ at: moment });
  const system = useQuery(systemQuery(at));
  const issues = useQuery(issuesQuery(at));
  const snapshots = useQuery({ ...snapshotsQuery, select: ({ items }) => inOrder(items) });
  const failed = [system, issues].find(({ isError }) => isError);
  return (
    <div className="fill">
      <PageHead title="Oracle">
        {system.data && <Status system={system.data} past={at !== undefined} />}
      </PageHead>
      <div className="scroll">
        <div className="page-body">
          <TimeBar
            snapshots={snapshots.data ?? NONE}
            known={snapshots.data !== undefined}
            at={at}
            go={go}
          />
          {failed?.error && <Failure error={failed.error} retry={failed.refetch} />}
          {!failed && (!system.data || !issues.data) && <Loading lines={6} height={60} />}
          {!failed && system.data && issues.data && (
            <>
              <Issues issues={issues.data.issues} />
              <Sources sources={system.data.sources ?? []} />
              <Sections system={system.data} />
            </>
          )}
          <Changes
            key={at === undefined ? "now" : "then"}
            snapshots={snapshots.data ?? NONE}
            at={at}
          />
          <IssueHistory at={at} go={go} />
        </div>
      </div>
    </div>
  );
}

function Status({ system, past }: { system: SystemState; past: boolean }) {
  const { status, generated_at: at, cluster_name: cluster, namespace } = system;
  return (
    <>
      {status && (
        <Badge tone={TONE[status]}>
          <span className="dot" data-beats={past ? undefined : ""} />
          {status}
        </Badge>
      )}
      {cluster && (
        <span className="quiet">
          {cluster}
          {namespace && ` / ${namespace}`}
        </span>
      )}
      {at && (
        <span className="quiet">
          as of <Time at={at} as="clock" />
        </span>
      )}
    </>
  );
}

function Sections({ system }: { system: SystemState }) {
  const sources = system.sources ?? [];
  return (
    <>
      <Agents agents={system.agents} sources={sources} />
      <Models models={system.litellm} sources={sources} />
      <Queues queues={system.queues} sources={sources} />
      <Workload workload={system.workload} sources={sources} />
    </>
  );
}
