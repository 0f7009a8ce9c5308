/** Which spans of a trace are turns of a conversation. */
import type { Layout } from "./layout";
import { KINDS, type SpanStore } from "./spanStore";

const LLM = KINDS.indexOf("LLM");
const AGENT = KINDS.indexOf("AGENT");
const CHAIN = KINDS.indexOf("CHAIN");

/**
 * Places of spans that say something, by start: calls of models, tools and retrievers, and agents
 * at work below which no model was called, since what they say is said nowhere else.
 */
export function turnsOf(store: SpanStore, layout: Layout): number[] {
  const talks = new Uint8Array(store.size);
  for (let at = layout.order.length - 1; at >= 0; at--) {
    const place = layout.order[at] ?? 0;
    const above = layout.parent[place] ?? -1;
    const speaks = talks[place] === 1 || store.kind[place] === LLM || hasParentAgent(store, place);
    if (above >= 0 && speaks) talks[above] = 1;
  }
  const turns = Array.from(layout.order).filter((place) => {
    const kind = store.kind[place];
    if (kind === CHAIN) return false;
    return kind !== AGENT || talks[place] === 0;
  });
  return turns.sort((a, b) => (store.start[a] ?? 0) - (store.start[b] ?? 0));
}

/** An agent below another one speaks for itself; the one above is a frame. */
const hasParentAgent = (store: SpanStore, place: number) =>
  store.kind[place] === AGENT && store.parentIds[place] !== null;
