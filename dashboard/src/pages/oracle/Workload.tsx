/** What runs in the cluster: deployments, and the pods of each; processes where there is none. */
import type { PodState, SourceState, WorkloadState } from "../../api/types";
import { countOf } from "../../format/amount";
import { Badge, type Tone } from "../../ui/Badge";
import { Time } from "../../ui/Time";
import { Nothing } from "./Sources";

interface WorkloadProps {
  workload: WorkloadState[];
  sources: SourceState[];
}

export function Workload({ workload, sources }: WorkloadProps) {
  return (
    <section className="card">
      <header>
        <h2>Workload</h2>
        <span className="quiet">{workload.length}</span>
      </header>
      {workload.length === 0 ? (
        <Nothing what="deployment is known" sources={sources} of={["kubernetes"]} />
      ) : (
        workload.map((one) => (
          <Deployment key={`${one.detail?.namespace}/${one.deployment_name}`} workload={one} />
        ))
      )}
    </section>
  );
}

function Deployment({ workload }: { workload: WorkloadState }) {
  const { live, detail, pods, pod_max_ram: ram, pod_max_cpu: cpu } = workload;
  const wanted = detail?.wanted_pods ?? workload.max_pods;
  const most = [ram && `${ram} of memory`, cpu && `${cpu} of CPU`].filter(Boolean);
  return (
    <div className="oracle-deployment">
      <div className="row wrap">
        <h3>{workload.deployment_name}</h3>
        <Badge tone={live.active_pods >= wanted ? "good" : "warn"}>
          {live.active_pods} of {wanted} ready
        </Badge>
        {detail?.agent && <span className="quiet">carries {detail.agent}</span>}
        {most.length > 0 && <span className="quiet">each at most {most.join(", ")}</span>}
        {live.image && <span className="mono quiet clip">{live.image}</span>}
        {live.rolled_out_at && (
          <span className="quiet">
            rolled out <Time at={live.rolled_out_at} as="ago" />
          </span>
        )}
      </div>
      {detail?.stalled && (
        <p className="banner" data-tone="bad">
          {detail.stalled}
        </p>
      )}
      {pods.length > 0 && <Pods workload={workload} />}
    </div>
  );
}

function Pods({ workload }: { workload: WorkloadState }) {
  const { deployment_name: name, detail, pods } = workload;
  const [one, many] = detail?.kind === "Process" ? ["Process", "Processes"] : ["Pod", "Pods"];
  return (
    <div className="wide-table" tabIndex={0} role="region" aria-label={`${many} of ${name}`}>
      <table>
        <thead>
          <tr>
            <th>{one}</th>
            <th>Phase</th>
            <th className="number">CPU</th>
            <th className="number">Memory</th>
            <th className="number">Restarts</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {pods.map((pod) => (
            <PodRow key={pod.pod_id} pod={pod} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const PHASE: Record<PodState["status"], Tone> = {
  Running: "good",
  Pending: "warn",
  Failed: "bad",
  Succeeded: "chain",
  Unknown: "warn",
};

function PodRow({ pod }: { pod: PodState }) {
  const { detail } = pod;
  const measured = detail?.measured !== false;
  return (
    <tr>
      <td className="mono">{pod.pod_id}</td>
      <td>
        <Badge tone={PHASE[pod.status]}>{pod.status}</Badge>
        {detail?.ready === false && pod.status === "Running" && (
          <Badge tone="warn">not ready</Badge>
        )}
      </td>
      <td className="number">{measured ? `${countOf(Math.round(pod.cpu))} m` : "–"}</td>
      <td className="number">{measured ? `${countOf(Math.round(pod.memory))} MB` : "–"}</td>
      <td className="number">{detail ? detail.restarts : "–"}</td>
      <td>{whyOf(pod)}</td>
    </tr>
  );
}

/** What holds a pod up, or ended its containers last. */
function whyOf({ detail }: PodState): string {
  const of = detail?.containers.map(({ waiting, last_termination: last }) =>
    [waiting, last && `last ended ${last.reason} (${last.exit_code})`].filter(Boolean).join(", "),
  );
  return [detail?.reason, ...(of ?? [])].filter(Boolean).join("; ");
}
