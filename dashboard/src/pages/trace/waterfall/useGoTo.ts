/** Ways to a span: the branches above it are opened, then its row comes into sight. */
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import type { SpanStore } from "../model/spanStore";
import type { useRows } from "./useRows";

type Tree = ReturnType<typeof useRows>;

/** Gives a way to go to the place of a span; `go` is told its row once there is one. */
export function useGoTo(
  { rows, reveal }: Tree,
  store: SpanStore,
  go: (index: number) => void,
): (place: number) => void {
  const [wanted, setWanted] = useState({ id: "", turn: 0 });
  const arrived = useRef(0);
  const here = wanted.id === "" ? -1 : rows.indexOf(store.placeOf(wanted.id));
  const arrive = useEffectEvent(go);
  useEffect(() => {
    if (here < 0 || arrived.current === wanted.turn) return;
    arrived.current = wanted.turn;
    arrive(here);
  }, [here, wanted.turn]);
  return useCallback(
    (place: number) => {
      if (place < 0) return;
      reveal(place);
      setWanted(({ turn }) => ({ id: store.ids[place] ?? "", turn: turn + 1 }));
    },
    [store, reveal],
  );
}

/** Goes once to the span that the address names. */
export function useRevealOnce(
  selected: string | null,
  store: SpanStore,
  goTo: (place: number) => void,
) {
  const [first] = useState(selected);
  const done = useRef(false);
  const place = store.placeOf(first);
  useEffect(() => {
    if (done.current || place < 0) return;
    done.current = true;
    goTo(place);
  }, [place, goTo]);
}
