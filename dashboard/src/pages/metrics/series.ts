/** The series of a report, with the slots in which nothing happened. */
import type { MetricsReport } from "../../api/types";
import { millisOf } from "../../format/instant";

type Slot = MetricsReport["series"][number];

export interface Series {
  /** Start of each slot, in seconds since the epoch. */
  times: number[];
  slots: (Slot | undefined)[];
}

/** Every slot of the range, empty ones too: a line must not bridge what did not happen. */
export function seriesOf(report: MetricsReport): Series {
  const step = report.interval_s;
  const known = new Map(report.series.map((slot) => [millisOf(slot.time) / 1000, slot]));
  const first = Math.min(...known.keys(), millisOf(report.from) / 1000);
  const end = millisOf(report.to) / 1000;
  const times: number[] = [];
  for (let time = first; time < end; time += step) times.push(time);
  return { times, slots: times.map((time) => known.get(time)) };
}

/** The values of a line: 0 where nothing happened. */
export const counted = ({ slots }: Series, of: (slot: Slot) => number | undefined): number[] =>
  slots.map((slot) => (slot && of(slot)) ?? 0);

/** The values of a line: none where nothing happened. */
export const measured = (
  { slots }: Series,
  of: (slot: Slot) => number | null | undefined,
): (number | null)[] => slots.map((slot) => (slot && of(slot)) ?? null);
