/** What one agent did, and with whom. */
import { Link } from "react-router";
import type { AgentGraph, AgentNode } from "../../../api/types";
import { countOf, durationOf, moneyOf } from "../../../format/amount";
import { Agent } from "../../../ui/Agent";
import { Tile } from "../../../ui/Tile";
import { Invocations } from "./Invocations";

interface AgentDetailsProps {
  node: AgentNode;
  graph: AgentGraph;
  /** Its instants are an order, no times. */
  ordered: boolean;
  select: (spanId: string) => void;
}

const wayOf = (kind: string, mode?: string | null) => {
  if (kind !== "handoff") return "called";
  return mode === "delegate" ? "delegated" : "handed over";
};

export function AgentDetails({ node, graph, ordered, select }: AgentDetailsProps) {
  const names = new Map(graph.nodes.map(({ id, name }) => [id, name]));
  const ways = graph.edges.filter(({ source, target }) => [source, target].includes(node.id));
  return (
    <section className="stack" aria-label={`Agent ${node.name}`}>
      <div className="row">
        <h2>
          <Agent name={node.name} />
        </h2>
        <Link to={`/traces?agent=${encodeURIComponent(node.name)}`}>its traces</Link>
      </div>
      <dl className="tiles">
        <Tile name="Invoked">{countOf(node.invocation_count)}×</Tile>
        <Tile name="Spans">{countOf(node.spans)}</Tile>
        {node.duration_ms > 0 && <Tile name="At work">{durationOf(node.duration_ms)}</Tile>}
        <Tile name="LLM calls">{countOf(node.llm_calls)}</Tile>
        <Tile name="Tool calls">{countOf(node.tool_calls)}</Tile>
        <Tile name="Tokens">{countOf(node.tokens.total)}</Tile>
        <Tile name="Cost">{moneyOf(node.cost_usd)}</Tile>
        <Tile name="Errors">{countOf(node.errors)}</Tile>
      </dl>
      <ul className="plain">
        {ways.map(({ source, target, kind, mode, count, reasons }) => (
          <li key={`${source} ${target} ${kind} ${mode}`}>
            <strong>
              {names.get(source)} → {names.get(target)}
            </strong>{" "}
            <span className="quiet">
              {wayOf(kind, mode)} {countOf(count)}×
              {reasons && reasons.length > 0 && `: ${reasons.join("; ")}`}
            </span>
          </li>
        ))}
      </ul>
      {node.invocation_count > 1 && <Invocations node={node} ordered={ordered} select={select} />}
    </section>
  );
}
