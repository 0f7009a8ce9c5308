/** What is wanted of the stream. */
import { Pause, Play, X } from "lucide-react";
import { traceIdIn } from "../../app/JumpBox";
import type { LiveKind, Severity } from "../../api/types";
import { Button } from "../../ui/Button";

const KINDS: LiveKind[] = ["span", "event", "handoff", "trace", "error", "metric", "agent", "task"];
const SEVERITIES: Severity[] = ["info", "warning", "error", "critical"];
const EVENT_TYPES = [
  "agent_start",
  "agent_end",
  "llm_call",
  "tool_call",
  "handoff",
  "retry",
  "error",
  "state_change",
  "custom",
];

interface LiveFiltersProps {
  params: URLSearchParams;
  onChange: (change: Record<string, string | null>) => void;
  paused: boolean;
  onPause: (paused: boolean) => void;
}

export function LiveFilters({ params, onChange, paused, onPause }: LiveFiltersProps) {
  const value = (name: string) => params.get(name) ?? "";
  const trace = value("trace");
  const wrong = trace !== "" && traceIdIn(trace) === undefined;
  const names = [...params.keys()];
  return (
    <div className="filters-live" role="group" aria-label="Filters of the stream">
      <Button
        kind={paused ? "main" : "normal"}
        aria-pressed={paused}
        onClick={() => onPause(!paused)}
      >
        {paused ? <Play size={14} /> : <Pause size={14} />} {paused ? "Go on" : "Pause"}
      </Button>
      <input
        className="input live-trace"
        placeholder="Trace id"
        aria-label="Only this trace"
        aria-invalid={wrong}
        title={wrong ? "A trace id has 32 hexadecimal digits" : undefined}
        value={trace}
        onChange={(event) => onChange({ trace: event.target.value })}
      />
      <input
        className="input"
        placeholder="Agent"
        aria-label="Only this agent"
        value={value("agent")}
        onChange={(event) => onChange({ agent: event.target.value })}
      />
      <Choice
        name="kind"
        all="Any record"
        words={KINDS}
        value={value("kind")}
        onChange={onChange}
      />
      <Choice
        name="type"
        all="Any event type"
        words={EVENT_TYPES}
        value={value("type")}
        onChange={onChange}
      />
      <Choice
        name="severity"
        all="Any severity"
        words={SEVERITIES}
        value={value("severity")}
        onChange={onChange}
        prefix="at least "
      />
      {names.length > 0 && (
        <Button
          kind="plain"
          onClick={() => onChange(Object.fromEntries(names.map((name) => [name, null])))}
        >
          <X size={14} /> Clear
        </Button>
      )}
    </div>
  );
}

interface ChoiceProps {
  name: string;
  all: string;
  words: string[];
  value: string;
  prefix?: string;
  onChange: LiveFiltersProps["onChange"];
}

function Choice({ name, all, words, value, prefix = "", onChange }: ChoiceProps) {
  return (
    <select
      className="select"
      aria-label={all}
      value={value}
      onChange={(event) => onChange({ [name]: event.target.value })}
    >
      <option value="">{all}</option>
      {words.map((word) => (
        <option key={word} value={word}>
          {prefix}
          {word.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}
