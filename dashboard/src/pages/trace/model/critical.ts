/** Which spans a trace had to wait for. */
import type { Layout } from "./layout";
import type { SpanStore } from "./spanStore";

/** How much later than its parent a child may seem to end, and still be waited for. */
const JITTER_MS = 0.001;

/**
 * Marks the critical path: from the end of the longest root backwards, always the child that ended
 * last before the moment that is looked at; spans that run last until `now`.
 */
export function criticalPath(store: SpanStore, layout: Layout, now: number): Uint8Array {
  const marks = new Uint8Array(store.size);
  const endOf = (place: number) => {
    const end = store.end[place] ?? NaN;
    return Number.isNaN(end) ? now : end;
  };
  const children = childrenByEnd(layout, endOf);
  const root = lastRoot(layout, endOf);
  if (root < 0) return marks;
  const stack: [place: number, until: number][] = [[root, endOf(root)]];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [place, until] = top;
    marks[place] = 1;
    let moment = until;
    for (const child of children.get(place) ?? []) {
      const end = Math.min(endOf(child), until);
      if (end > moment + JITTER_MS || (store.start[child] ?? 0) > moment) continue;
      stack.push([child, end]);
      moment = store.start[child] ?? 0;
    }
  }
  return marks;
}

/** Children of each span, the one that ended last first. */
function childrenByEnd(layout: Layout, endOf: (place: number) => number): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const place of layout.order) {
    const above = layout.parent[place] ?? -1;
    if (above < 0) continue;
    const siblings = children.get(above);
    if (siblings) siblings.push(place);
    else children.set(above, [place]);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => endOf(b) - endOf(a));
  return children;
}

function lastRoot(layout: Layout, endOf: (place: number) => number): number {
  let last = -1;
  for (const place of layout.order) {
    if ((layout.parent[place] ?? -1) < 0 && (last < 0 || endOf(place) > endOf(last))) last = place;
  }
  return last;
}
