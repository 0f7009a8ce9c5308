/** From instants to places on the axis of a waterfall. */
import { DURATION_STEPS } from "../../../ui/axis";

export interface Range {
  from: number;
  to: number;
}

/** Shortest range that can be looked at, in milliseconds. */
const SHORTEST_MS = 0.01;

/** A range zoomed by a factor around a place between 0 and 1, within bounds. */
export function zoom(view: Range, bounds: Range, factor: number, around: number): Range {
  const length = Math.max(SHORTEST_MS, (view.to - view.from) * factor);
  if (length >= bounds.to - bounds.from) return bounds;
  const middle = view.from + (view.to - view.from) * around;
  return shifted({ from: middle - length * around, to: middle + length * (1 - around) }, bounds);
}

/** A range moved back into its bounds. */
export function shifted({ from, to }: Range, bounds: Range): Range {
  const length = to - from;
  const start = Math.max(bounds.from, Math.min(bounds.to - length, from));
  return { from: start, to: start + length };
}

/** Round distances from the start at which the axis is marked, about `wanted` of them. */
export function ticks(view: Range, origin: number, wanted: number): number[] {
  const length = view.to - view.from;
  if (!(length > 0)) return [];
  const step = stepFor(length / wanted);
  const first = Math.ceil((view.from - origin) / step);
  const last = Math.floor((view.to - origin) / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * step);
}

/** The smallest distance in which people count that is no shorter than `rough` milliseconds. */
function stepFor(rough: number): number {
  const known = DURATION_STEPS.find((step) => step >= rough);
  if (known !== undefined && rough >= (DURATION_STEPS[0] ?? 0)) return known;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((step) => step * power >= rough) ?? 10);
}
