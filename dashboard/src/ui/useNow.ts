/** The present, as a clock that all who ask for the same step share. */
import { useSyncExternalStore } from "react";

/** A clock that ticks while somebody listens. */
class Clock {
  private now = Date.now();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly step: number) {}

  readonly read = () => this.now;

  readonly listen = (listener: () => void) => {
    if (this.listeners.size === 0) this.now = Date.now();
    this.listeners.add(listener);
    this.timer ??= setInterval(this.tick, this.step);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  };

  private readonly tick = () => {
    this.now = Date.now();
    for (const listener of this.listeners) listener();
  };
}

const clocks = new Map<number, Clock>();

function clockOf(step: number): Clock {
  const clock = clocks.get(step) ?? new Clock(step);
  clocks.set(step, clock);
  return clock;
}

/** Milliseconds since the epoch, anew every `step` milliseconds. */
export function useNow(step: number): number {
  const clock = clockOf(step);
  return useSyncExternalStore(clock.listen, clock.read);
}
