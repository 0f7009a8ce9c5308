/** Room and marks for the values at the side of a chart. */

/** Between the widest label and both its sides. */
const GAP_PX = 14;
const LEAST_PX = 40;

/** How wide an axis must be for its widest label to be read whole. */
export function axisWidth(labels: string[] | null, measure: (label: string) => number): number {
  const widest = Math.max(0, ...(labels ?? []).map(measure));
  return Math.max(LEAST_PX, Math.ceil(widest) + GAP_PX);
}

const MS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const DAY = 24 * H;

/** Distances between marks of durations, in milliseconds, that people count in. */
export const DURATION_STEPS: number[] = [
  ...[0.001, 0.01, 0.1].flatMap((unit) => [1, 2, 5].map((step) => step * unit)),
  ...MS,
  ...[1, 2, 5, 10, 15, 30].map((step) => step * S),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MIN),
  ...[1, 2, 3, 6, 12].map((step) => step * H),
  ...[1, 2, 5, 10, 20, 50, 100].map((step) => step * DAY),
];
