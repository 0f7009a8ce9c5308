/** The work of two traces set against each other. */
import type { SpanKind } from "../../api/types";
import type { Layout } from "../trace/model/layout";
import { FAILED, KINDS, type SpanStore } from "../trace/model/spanStore";

export interface Side {
  spans: number;
  failed: number;
  /** Milliseconds, all of them together; those that run add nothing. */
  took: number;
}

export interface Group {
  kind: SpanKind;
  agent: string | null;
  name: string;
  a: Side;
  b: Side;
}

const none = (): Side => ({ spans: 0, failed: 0, took: 0 });

/** Spans of the same kind, agent and name, in the order of their first appearance. */
export function groupsOf(
  a: { store: SpanStore; layout: Layout },
  b: { store: SpanStore; layout: Layout },
): Group[] {
  const groups = new Map<string, Group>();
  const add = ({ store, layout }: typeof a, side: "a" | "b") => {
    for (const place of layout.order) {
      const kind = KINDS[store.kind[place] ?? 0] ?? "CHAIN";
      const agent = store.agents[place] ?? null;
      const name = store.names[place] ?? "";
      const key = JSON.stringify([kind, agent, name]);
      const group = groups.get(key) ?? { kind, agent, name, a: none(), b: none() };
      groups.set(key, group);
      const sum = group[side];
      const took = (store.end[place] ?? NaN) - (store.start[place] ?? 0);
      sum.spans++;
      if (store.status[place] === FAILED) sum.failed++;
      if (!Number.isNaN(took)) sum.took += took;
    }
  };
  add(a, "a");
  add(b, "b");
  return [...groups.values()];
}

/** Whether both sides did the same, as far as counts tell. */
export const isAlike = ({ a, b }: Group): boolean => a.spans === b.spans && a.failed === b.failed;
