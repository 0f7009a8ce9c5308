/** The marks above a waterfall. */
import { durationOf } from "../../../format/amount";
import { useNarrow } from "../../../ui/useMedia";
import { type Range, ticks } from "./scale";

const MARKS = 5;
const NARROW_MARKS = 2;

export function Axis({ view, origin, ordered }: { view: Range; origin: number; ordered: boolean }) {
  const marks = useNarrow() ? NARROW_MARKS : MARKS;
  const length = view.to - view.from;
  const left = (tick: number) => `${((tick + origin - view.from) / length) * 100}%`;
  return (
    <div className="wf-axis" aria-hidden>
      <span className="wf-name">Span</span>
      <span className="wf-duration number">{ordered ? "" : "Duration"}</span>
      <span className="wf-marks">
        {ordered ? (
          <span className="wf-order">in order; the log had no times</span>
        ) : (
          ticks(view, origin, marks).map((tick) => (
            <span key={tick} className="wf-mark" style={{ left: left(tick) }}>
              {durationOf(tick)}
            </span>
          ))
        )}
      </span>
    </div>
  );
}
