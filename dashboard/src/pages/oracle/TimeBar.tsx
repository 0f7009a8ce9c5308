/** The slider that goes back in time, one snapshot at a step; a field for any moment. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { HistoryEntry } from "../../api/types";
import { plural } from "../../format/amount";
import { millisOf, shortOf } from "../../format/instant";
import { Button, IconButton } from "../../ui/Button";
import { Time } from "../../ui/Time";
import { fieldOf, fromField, instantOf, placeOf } from "./moments";

interface TimeBarProps {
  /** In order of time. */
  snapshots: HistoryEntry[];
  /** Whether it is known which are kept. */
  known: boolean;
  /** The moment that is shown; none for the present. */
  at: string | undefined;
  go: (at: string | undefined) => void;
}

export function TimeBar({ snapshots, known, at, go }: TimeBarProps) {
  const slide = useSlide(snapshots, at, go);
  const shown = instantOf(snapshots, slide.place);
  const entry = snapshots[slide.place];
  const step = (by: number) => () => go(instantOf(snapshots, slide.place + by));
  return (
    <section className="card oracle-time" aria-label="Time">
      <IconButton
        label="The snapshot before"
        icon={<ChevronLeft size={15} />}
        disabled={slide.place === 0}
        onClick={step(-1)}
      />
      <input
        type="range"
        min={0}
        max={snapshots.length}
        value={slide.place}
        disabled={snapshots.length === 0}
        aria-label="Moment of the system"
        aria-valuetext={shown ? shortOf(millisOf(shown)) : "now"}
        onChange={(event) => slide.to(Number(event.target.value))}
      />
      <IconButton
        label="The snapshot after"
        icon={<ChevronRight size={15} />}
        disabled={slide.place >= snapshots.length}
        onClick={step(1)}
      />
      <span className="oracle-shown" role="status">
        {shown && entry ? (
          <>
            <Time at={shown} /> <span className="quiet">{plural(entry.issues, "issue")}</span>
          </>
        ) : (
          <>
            now{" "}
            <span className="quiet">{known && `${plural(snapshots.length, "snapshot")} kept`}</span>
          </>
        )}
      </span>
      <input
        className="input"
        type="datetime-local"
        step={1}
        aria-label="Go to a moment"
        value={fieldOf(at)}
        onChange={(event) => go(fromField(event.target.value))}
      />
      <Button disabled={at === undefined} onClick={() => go(undefined)}>
        Now
      </Button>
    </section>
  );
}

/** So long the slider rests before the moment under it is asked for. */
const REST_MS = 120;

/** The place of the slider: where it is dragged, until it rests there. */
function useSlide(snapshots: HistoryEntry[], at: string | undefined, go: TimeBarProps["go"]) {
  const [dragged, setDragged] = useState<string | null>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const to = (place: number) => {
    const instant = instantOf(snapshots, place);
    setDragged(instant ?? null);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setDragged(undefined);
      go(instant);
    }, REST_MS);
  };
  const held = dragged === undefined ? at : (dragged ?? undefined);
  return { place: placeOf(snapshots, held), to };
}
