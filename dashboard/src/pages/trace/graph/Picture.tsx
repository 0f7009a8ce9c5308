/** The graph itself: ways as lines, agents as buttons on top of them. */
import { useMemo } from "react";
import type { AgentGraph, AgentNode, GraphEdge } from "../../../api/types";
import { compactOf, durationOf, moneyOf, plural } from "../../../format/amount";
import { agentColor } from "../../../ui/agentColor";
import { type Moment, type Work, pairOf } from "./moment";
import { NODE_HEIGHT, NODE_WIDTH, type PlacedEdge, place } from "./place";

interface PictureProps {
  graph: AgentGraph;
  /** Ranks go from left to right. */
  across: boolean;
  moment: Moment | undefined;
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

export function Picture({ graph, across, moment, chosen, onChoose }: PictureProps) {
  const placed = useMemo(() => place(graph, across), [graph, across]);
  const names = new Map(graph.nodes.map(({ id, name }) => [id, name]));
  const nameOf = (id: string) => names.get(id) ?? id;
  return (
    <section className="graph card" aria-label="Agents and what passed between them">
      <div className="graph-sheet" style={{ width: placed.width, height: placed.height }}>
        <svg width={placed.width} height={placed.height} aria-hidden>
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto-start-reverse"
            >
              <path d="M0 0L8 4L0 8z" fill="context-stroke" />
            </marker>
          </defs>
          {placed.edges.map(({ edge, path }) => (
            <path
              key={`${edge.source} ${edge.target} ${edge.kind} ${edge.mode}`}
              d={path}
              className="graph-edge"
              data-kind={edge.kind}
              data-faint={isFaint(edge, nameOf, moment, chosen) || undefined}
              markerEnd="url(#arrow)"
            />
          ))}
        </svg>
        {placed.edges.map((way) => (
          <EdgeLabel
            key={`${way.edge.source} ${way.edge.target} ${way.edge.kind} ${way.edge.mode}`}
            way={way}
            count={countAt(way.edge, nameOf, moment)}
            names={[nameOf(way.edge.source), nameOf(way.edge.target)]}
          />
        ))}
        {graph.nodes.map((node) => {
          const at = placed.nodes.get(node.id) ?? { x: 0, y: 0 };
          return (
            <Agent
              key={node.id}
              node={node}
              work={moment && (moment.work.get(node.name) ?? moment.work.get(node.id))}
              replaying={moment !== undefined}
              chosen={node.id === chosen}
              onChoose={() => onChoose(node.id)}
              style={{
                left: at.x - NODE_WIDTH / 2,
                top: at.y - NODE_HEIGHT / 2,
                width: NODE_WIDTH,
                height: NODE_HEIGHT,
              }}
            />
          );
        })}
      </div>
    </section>
  );
}

function countAt(
  edge: GraphEdge,
  nameOf: (id: string) => string,
  moment: Moment | undefined,
): number {
  if (!moment) return edge.count;
  const [source, target] = [nameOf(edge.source), nameOf(edge.target)];
  if (edge.kind === "handoff") return moment.handoffs.get(pairOf(source, target)) ?? 0;
  return moment.work.has(target) ? edge.count : 0;
}

function isFaint(
  edge: GraphEdge,
  nameOf: (id: string) => string,
  moment: Moment | undefined,
  chosen: string | undefined,
): boolean {
  const away = chosen !== undefined && edge.source !== chosen && edge.target !== chosen;
  return away || countAt(edge, nameOf, moment) === 0;
}

interface EdgeLabelProps {
  way: PlacedEdge;
  count: number;
  names: [source: string, target: string];
}

function EdgeLabel({ way: { edge, x, y }, count, names }: EdgeLabelProps) {
  if (count === 0 || edge.kind !== "handoff") return null;
  const reasons = edge.reasons ?? [];
  const title = `${names.join(" → ")}: ${plural(count, "handoff")}\n${reasons.join("\n")}`;
  return (
    <span className="graph-label" style={{ left: x, top: y }} title={title.trim()}>
      {count}
    </span>
  );
}

interface AgentProps {
  node: AgentNode;
  work: Work | undefined;
  replaying: boolean;
  chosen: boolean;
  onChoose: () => void;
  style: React.CSSProperties;
}

function Agent({ node, work, replaying, chosen, onChoose, style }: AgentProps) {
  const running = replaying ? (work?.running ?? 0) : node.running_spans;
  const errors = replaying ? (work?.failed ?? 0) : node.errors;
  const tokens = replaying ? (work?.tokens ?? 0) : node.tokens.total;
  const cost = replaying ? (work?.cost ?? 0) : node.cost_usd;
  const spans = replaying ? (work?.spans ?? 0) : node.spans;
  const spent = [tokens > 0 ? `${compactOf(tokens)} tok` : "", cost > 0 ? moneyOf(cost) : ""];
  return (
    <button
      type="button"
      className="graph-node"
      style={{ ...style, "--own": agentColor(node.name) } as React.CSSProperties}
      aria-pressed={chosen}
      data-faint={(replaying && !work) || undefined}
      data-running={running > 0 || undefined}
      onClick={onChoose}
    >
      <strong className="clip" title={node.name}>
        {node.name}
        {node.invocation_count > 1 && (
          <span className="graph-times" title={`Invoked ${node.invocation_count} times`}>
            {" "}
            ×{node.invocation_count}
          </span>
        )}
      </strong>
      <span className="quiet clip">
        {plural(spans, "span")}
        {!replaying && node.duration_ms > 0 && ` · ${durationOf(node.duration_ms)}`}
      </span>
      <span className="clip">{spent.filter(Boolean).join(" · ") || "no tokens"}</span>
      {errors > 0 && <span className="graph-errors">{plural(errors, "error")}</span>}
    </button>
  );
}
