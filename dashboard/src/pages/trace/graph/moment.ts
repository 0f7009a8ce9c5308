/** What the agents of a trace had done by a moment. */
import type { HandoffView } from "../../../api/types";
import { millisOf } from "../../../format/instant";
import type { Spent } from "../model/details";
import type { Layout } from "../model/layout";
import { FAILED, type SpanStore } from "../model/spanStore";

export interface Work {
  spans: number;
  running: number;
  failed: number;
  tokens: number;
  cost: number;
}

export interface Moment {
  /** By name of agent. */
  work: Map<string, Work>;
  /** Handoffs so far, by `source → target`. */
  handoffs: Map<string, number>;
  /** The latest handoff so far. */
  latest: HandoffView | undefined;
}

const none = (): Work => ({ spans: 0, running: 0, failed: 0, tokens: 0, cost: 0 });

export const pairOf = (source: string, target: string) => `${source} → ${target}`;

/** The agent of each span: its own, else that of the nearest span above it. */
export function agentsOf(store: SpanStore, layout: Layout): (string | null)[] {
  const agents: (string | null)[] = new Array<string | null>(store.size).fill(null);
  for (const place of layout.order) {
    const above = layout.parent[place] ?? -1;
    agents[place] = store.agents[place] ?? (above >= 0 ? (agents[above] ?? null) : null);
  }
  return agents;
}

/** Adds up what had happened until then; what was spent counts when its span ends. */
export function momentAt(
  at: number,
  store: SpanStore,
  agents: (string | null)[],
  spent: Spent[],
  handoffs: HandoffView[],
): Moment {
  const work = new Map<string, Work>();
  const of = (agent: string) => {
    const known = work.get(agent) ?? none();
    work.set(agent, known);
    return known;
  };
  for (let place = 0; place < store.size; place++) {
    const agent = agents[place];
    if (!agent || (store.start[place] ?? Infinity) > at) continue;
    const done = (store.end[place] ?? NaN) <= at;
    const sum = of(agent);
    sum.spans++;
    if (!done) sum.running++;
    else if (store.status[place] === FAILED) sum.failed++;
  }
  for (const { spanId, tokens, cost } of spent) {
    const place = store.placeOf(spanId);
    const agent = agents[place];
    if (!agent || !((store.end[place] ?? NaN) <= at)) continue;
    const sum = of(agent);
    sum.tokens += tokens;
    sum.cost += cost;
  }
  return { work, ...passedOn(at, handoffs) };
}

function passedOn(at: number, handoffs: HandoffView[]): Pick<Moment, "handoffs" | "latest"> {
  const counts = new Map<string, number>();
  let latest: HandoffView | undefined;
  for (const handoff of handoffs) {
    if (millisOf(handoff.timestamp) > at) continue;
    const pair = pairOf(handoff.source_agent_name, handoff.target_agent_name);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
    if (!latest || handoff.timestamp >= latest.timestamp) latest = handoff;
  }
  return { handoffs: counts, latest };
}
