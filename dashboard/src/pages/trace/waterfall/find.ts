/** Finding spans in a waterfall. */
import type { Layout } from "../model/layout";
import { FAILED, type SpanStore } from "../model/spanStore";

export interface Matches {
  /** In the order of the waterfall. */
  places: number[];
  has: Set<number>;
}

/** Spans whose name, agent or id contains the words. */
export function find(store: SpanStore, layout: Layout, words: string): Matches | undefined {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return undefined;
  const fits = (text: string | null | undefined) => text?.toLowerCase().includes(wanted) ?? false;
  const places = Array.from(layout.order).filter(
    (place) => fits(store.names[place]) || fits(store.agents[place]) || store.ids[place] === wanted,
  );
  return { places, has: new Set(places) };
}

/** Failed spans in the order of the waterfall. */
export function failedPlaces(store: SpanStore, layout: Layout): number[] {
  return Array.from(layout.order.filter((place) => store.status[place] === FAILED));
}

/** The place after, or before, the one that is active; around at the ends. */
export function after(places: number[], active: number, layout: Layout, step: 1 | -1): number {
  const known = places.indexOf(active);
  if (known >= 0) return places[(known + step + places.length) % places.length] ?? -1;
  const here = layout.order.indexOf(active);
  const next = places.find((place) => layout.order.indexOf(place) > here);
  return next ?? places[0] ?? -1;
}
