/** Which spans failed, and where each failure began. */
import type { Layout } from "../model/layout";
import { FAILED, type SpanStore } from "../model/spanStore";

/** A failed span below which nothing failed: where a failure began. */
export interface Origin {
  place: number;
  /** Failed spans above it that it took with it, the nearest first. */
  above: number[];
}

/** Where failures began, by start. */
export function originsOf(store: SpanStore, layout: Layout): Origin[] {
  const failedBelow = new Uint8Array(store.size);
  for (let at = layout.order.length - 1; at >= 0; at--) {
    const place = layout.order[at] ?? 0;
    const above = layout.parent[place] ?? -1;
    const failed = store.status[place] === FAILED || failedBelow[place] === 1;
    if (above >= 0 && failed) failedBelow[above] = 1;
  }
  const first = Array.from(layout.order).filter(
    (place) => store.status[place] === FAILED && failedBelow[place] === 0,
  );
  return first
    .sort((a, b) => (store.start[a] ?? 0) - (store.start[b] ?? 0))
    .map((place) => ({ place, above: failedAbove(place, store, layout) }));
}

function failedAbove(place: number, store: SpanStore, layout: Layout): number[] {
  const failed: number[] = [];
  for (let above = layout.parent[place] ?? -1; above >= 0; above = layout.parent[above] ?? -1) {
    if (store.status[above] !== FAILED) break;
    failed.push(above);
  }
  return failed;
}
