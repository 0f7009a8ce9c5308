/** Who tells what this page says: how fresh each is, and why one is absent. */
import type { SourceState } from "../../api/types";
import { durationOf } from "../../format/amount";
import { Badge, type Tone } from "../../ui/Badge";

const TONE: Record<SourceState["status"], Tone> = {
  fresh: "good",
  stale: "warn",
  absent: "chain",
  starting: "busy",
};

const NAME: Record<SourceState["name"], string> = {
  telemetry: "Telemetry",
  traces: "Traces",
  kafka: "Kafka",
  kubernetes: "Kubernetes",
  litellm: "LiteLLM",
  ollama: "Ollama",
};

export function Sources({ sources }: { sources: SourceState[] }) {
  return (
    <ul className="oracle-sources" aria-label="Sources">
      {sources.map((source) => (
        <li key={source.name} className="tile" data-status={source.status}>
          <div className="row">
            <strong>{NAME[source.name]}</strong>
            <span className="grow" />
            <Badge tone={TONE[source.status]}>{stateOf(source)}</Badge>
          </div>
          <p className="quiet">{noteOf(source)}</p>
        </li>
      ))}
    </ul>
  );
}

/** A source that nobody wants asked is not a source that is missed. */
const stateOf = ({ configured, status }: SourceState): string =>
  configured === false ? "not configured" : status;

function noteOf({ age_seconds: age, took_ms: took, reason }: SourceState): string {
  const told = age == null ? undefined : `told ${durationOf(age * 1000)} ago`;
  const within = took == null ? undefined : `in ${durationOf(took)}`;
  const when = [told, within].filter(Boolean).join(", ");
  return [when, reason].filter(Boolean).join(": ") || "has not told anything yet";
}

/** Why a section has nothing to show: the reason of the first source that does not tell. */
export function Nothing({ what, sources, of }: NothingProps) {
  const silent = sources.find(({ name, status }) => of.includes(name) && status !== "fresh");
  return (
    <p className="oracle-none quiet">
      No {what}
      {silent && `: ${NAME[silent.name]} is ${stateOf(silent)}`}
      {silent?.reason && ` (${silent.reason})`}.
    </p>
  );
}

interface NothingProps {
  what: string;
  sources: SourceState[];
  /** The sources that would know. */
  of: SourceState["name"][];
}
