/** Which part of the time a waterfall shows. */
import { useCallback, useMemo, useState } from "react";
import { useNow } from "../../../ui/useNow";
import type { Layout } from "../model/layout";
import { type Range, shifted } from "./scale";

/** How often spans that run grow. */
const GROW_MS = 250;
const NEVER_MS = 3_600_000;

/** Bounds of the trace, growing while something runs, and what of it is looked at. */
export function useView({ from, to, running }: Layout) {
  const now = useNow(running > 0 ? GROW_MS : NEVER_MS);
  const [chosen, setChosen] = useState<Range>();
  const end = Math.max(to, running > 0 ? now : to, from + 0.001);
  const bounds = useMemo(() => ({ from, to: end }), [from, end]);
  const view = useMemo(() => (chosen ? shifted(chosen, bounds) : bounds), [chosen, bounds]);
  const setView = useCallback(
    (wanted: Range) => {
      const all = wanted.from <= bounds.from && wanted.to >= bounds.to;
      setChosen(all ? undefined : wanted);
    },
    [bounds],
  );
  return { bounds, view, setView, zoomed: chosen !== undefined, now: end };
}
