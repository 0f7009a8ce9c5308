/** Where agents and the ways between them stand on the page. */
import { Graph, layout } from "@dagrejs/dagre";
import type { AgentGraph, GraphEdge } from "../../../api/types";

export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 92;
const MARGIN = 24;

export interface PlacedEdge {
  edge: GraphEdge;
  path: string;
  /** Where its label stands. */
  x: number;
  y: number;
}

export interface Placed {
  width: number;
  height: number;
  /** Centre of each node by id. */
  nodes: Map<string, { x: number; y: number }>;
  edges: PlacedEdge[];
}

interface Point {
  x: number;
  y: number;
}

/** Lays the agents out in ranks, those who begin first. */
export function place(graph: AgentGraph, across: boolean): Placed {
  const dagre = new Graph({ multigraph: true });
  dagre.setGraph({
    rankdir: across ? "LR" : "TB",
    nodesep: 30,
    ranksep: across ? 96 : 64,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  for (const { id } of graph.nodes) dagre.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { source, target, kind } of graph.edges) {
    const label = { width: 34, height: 20, labelpos: "c" };
    dagre.setEdge(source, target, label, kind);
  }
  layout(dagre);
  const size = dagre.graph() as { width?: number; height?: number };
  return {
    width: size.width ?? NODE_WIDTH,
    height: size.height ?? NODE_HEIGHT,
    nodes: new Map(graph.nodes.map(({ id }) => [id, dagre.node(id) as Point])),
    edges: graph.edges.map((edge) => {
      const found = dagre.edge(edge.source, edge.target, edge.kind) as Point & { points: Point[] };
      return { edge, path: curve(found.points), x: found.x, y: found.y };
    }),
  };
}

/** A smooth line through points: curves between the middles of its pieces. */
function curve(points: Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return "";
  const middles = rest.slice(0, -1).map((point, at) => {
    const next = rest[at + 1] ?? last;
    return `Q ${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  });
  return [`M ${first.x} ${first.y}`, ...middles, `L ${last.x} ${last.y}`].join(" ");
}
