/** Plays a trace again: a moment that moves from its start to its end. */
import { useEffect, useState } from "react";

/** A whole replay takes so long, whatever the trace took. */
const WHOLE_MS = 12_000;
const STEP_MS = 50;

export interface Replay {
  /** Between 0 and 1; 1 is the present. */
  share: number;
  playing: boolean;
  setShare: (share: number) => void;
  toggle: () => void;
}

export function useReplay(): Replay {
  const [share, setShare] = useState(1);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      setShare((now) => Math.min(1, now + STEP_MS / WHOLE_MS));
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [playing]);
  if (playing && share >= 1) setPlaying(false);
  return {
    share,
    playing,
    setShare: (wanted) => {
      setPlaying(false);
      setShare(wanted);
    },
    toggle: () => {
      if (!playing && share >= 1) setShare(0);
      setPlaying(!playing);
    },
  };
}
