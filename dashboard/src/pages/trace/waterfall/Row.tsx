/** One span of the waterfall: its name in the tree, its time on the axis. */
import { Bot, ChevronRight, CircleAlert, Database, Sparkles, Workflow, Wrench } from "lucide-react";
import { memo } from "react";
import { durationOf } from "../../../format/amount";
import { agentColor } from "../../../ui/agentColor";
import { FAILED, KINDS, RUNNING } from "../model/spanStore";

const ICONS = [Bot, Sparkles, Wrench, Database, Workflow] as const;
const INDENT_PX = 14;
/** Deeper levels are drawn at this one; their number is shown instead. */
const DEEPEST = 24;

export interface RowProps {
  id: string;
  index: number;
  top: number;
  place: number;
  name: string;
  agent: string | null;
  kind: number;
  status: number;
  depth: number;
  below: number;
  open: boolean;
  /** Left edge and width on the axis, as shares of it. */
  left: number;
  width: number;
  /** Milliseconds; NaN when they mean nothing. */
  duration: number;
  selected: boolean;
  active: boolean;
  dimmed: boolean;
  critical: boolean;
  onSelect: (index: number) => void;
  onToggle: (place: number) => void;
}

export const Row = memo(function Row(props: RowProps) {
  const { index, depth, below, open, selected, active, status } = props;
  const kind = KINDS[props.kind] ?? "CHAIN";
  return (
    // Keys are heard by the tree as a whole, which knows the active row.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={props.id}
      role="row"
      tabIndex={-1}
      className="wf-row"
      aria-level={depth + 1}
      aria-rowindex={index + 1}
      aria-expanded={below > 0 ? open : undefined}
      aria-selected={selected}
      data-active={active || undefined}
      data-dimmed={props.dimmed || undefined}
      data-kind={kind}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={() => props.onSelect(index)}
    >
      <div
        role="gridcell"
        className="wf-name"
        style={{ paddingLeft: Math.min(depth, DEEPEST) * INDENT_PX }}
      >
        <Toggle {...props} />
        <Name {...props} />
      </div>
      <div role="gridcell" className="wf-duration number">
        {status === RUNNING ? <span className="sr-only">running for </span> : null}
        {Number.isNaN(props.duration) ? "" : durationOf(props.duration)}
      </div>
      <div role="gridcell" className="wf-lane">
        <span
          className="wf-bar"
          data-failed={status === FAILED || undefined}
          data-running={status === RUNNING || undefined}
          data-critical={props.critical || undefined}
          style={{ left: `${props.left * 100}%`, width: `${props.width * 100}%` }}
        />
      </div>
    </div>
  );
});

function Toggle({ below, open, place, onToggle }: RowProps) {
  if (below === 0) return <span className="wf-toggle" />;
  return (
    <button
      className="wf-toggle"
      tabIndex={-1}
      aria-label={open ? "Collapse" : `Expand ${below}`}
      onClick={(event) => {
        event.stopPropagation();
        onToggle(place);
      }}
    >
      <ChevronRight size={13} style={{ rotate: open ? "90deg" : "0deg" }} />
    </button>
  );
}

function Name({ kind, name, agent, status, depth, below, open }: RowProps) {
  const Icon = ICONS[kind] ?? Workflow;
  return (
    <>
      <Icon size={14} className="wf-icon" aria-label={KINDS[kind]} />
      {depth > DEEPEST && <span className="quiet">{depth}</span>}
      <span className="clip wf-label" title={name}>
        {name}
      </span>
      {agent !== null && agent !== name && (
        <span className="wf-agent" title={`Agent ${agent}`}>
          <span className="dot" style={{ color: agentColor(agent) }} />
          <span className="clip">{agent}</span>
        </span>
      )}
      {!open && below > 0 && <span className="wf-below">+{below}</span>}
      {status === FAILED && <CircleAlert size={14} className="wf-failed" aria-label="failed" />}
      {status === RUNNING && (
        <span className="dot wf-running" data-beats="" role="img" aria-label="running" />
      )}
    </>
  );
}
