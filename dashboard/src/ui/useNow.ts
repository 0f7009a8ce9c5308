/** The present, as a clock that all who ask for the same step share. */
import { useSyncExternalStore } from "react";

interface Clock {
  now: number;
  listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

const clocks = new Map<number, Clock>();

function clockOf(step: number): Clock {
  const known = clocks.get(step);
  if (known) return known;
  const clock: Clock = { now: Date.now(), listeners: new Set(), timer: undefined };
  clocks.set(step, clock);
  return clock;
}

function listen(step: number, listener: () => void): () => void {
  const clock = clockOf(step);
  clock.now = Date.now();
  clock.listeners.add(listener);
  clock.timer ??= setInterval(() => tick(clock), step);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size > 0) return;
    clearInterval(clock.timer);
    clock.timer = undefined;
  };
}

function tick(clock: Clock) {
  clock.now = Date.now();
  for (const listener of clock.listeners) listener();
}

/** Milliseconds since the epoch, anew every `step` milliseconds. */
export function useNow(step: number): number {
  return useSyncExternalStore(
    (listener) => listen(step, listener),
    () => clockOf(step).now,
  );
}
