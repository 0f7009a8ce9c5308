import { describe, expect, it } from "vitest";
import { durationOf } from "../format/amount";
import { ticks } from "../pages/trace/waterfall/scale";
import { DURATION_STEPS, axisWidth } from "./axis";

/** As wide as the widest letters of the page's font at 11 px. */
const measure = (label: string) => label.length * 7;

describe("the axis at the side of a chart", () => {
  it.each([["16 min 40 s"], ["$1,234,567.89"], ["0"]])("has room for all of %s", (label) => {
    expect(axisWidth([label, "0"], measure)).toBeGreaterThan(measure(label));
  });

  it("has a width also before it has labels", () => {
    expect(axisWidth(null, measure)).toBeGreaterThan(0);
  });
});

describe("marks of durations", () => {
  it("stand where people count", () => {
    const marks = (to: number) => ticks({ from: 0, to }, 0, 5).map(durationOf);
    expect(marks(4_000_000)).toEqual([
      "0 ms",
      "15 min 0 s",
      "30 min 0 s",
      "45 min 0 s",
      "1 h 0 min",
    ]);
    expect(marks(90_000)).toEqual(["0 ms", "30.0 s", "1 min 0 s", "1 min 30 s"]);
    expect(marks(0.000_5).length).toBeGreaterThan(2);
    expect(marks(1e12).length).toBeLessThan(12);
  });

  it("lie further and further apart", () => {
    expect(DURATION_STEPS).toEqual([...DURATION_STEPS].sort((a, b) => a - b));
  });
});
