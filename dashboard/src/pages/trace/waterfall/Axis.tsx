/** The marks above a waterfall. */
import { durationOf } from "../../../format/amount";
import { useNarrow } from "../../../ui/useMedia";
import { type Range, ticks } from "./scale";

const MARKS = 5;
const NARROW_MARKS = 2;
/** From here on a mark is written to the left of its line: to the right it would be cut. */
const LAST = 0.85;

export function Axis({ view, origin, ordered }: { view: Range; origin: number; ordered: boolean }) {
  const marks = useNarrow() ? NARROW_MARKS : MARKS;
  const length = view.to - view.from;
  const share = (tick: number) => (tick + origin - view.from) / length;
  return (
    <div className="wf-axis" aria-hidden>
      <span className="wf-name">Span</span>
      <span className="wf-duration number">{ordered ? "" : "Duration"}</span>
      <span className="wf-marks">
        {ordered ? (
          <span className="wf-order">in order; the log had no times</span>
        ) : (
          ticks(view, origin, marks).map((tick) => (
            <span
              key={tick}
              className="wf-mark"
              data-last={share(tick) > LAST ? "" : undefined}
              style={{ left: `${share(tick) * 100}%` }}
            >
              {durationOf(tick)}
            </span>
          ))
        )}
      </span>
    </div>
  );
}
