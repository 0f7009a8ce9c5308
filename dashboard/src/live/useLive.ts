/** Listens to the live stream while a component is on the page. */
import { useEffect, useEffectEvent, useState } from "react";
import type { Frame } from "./frames";
import { type LiveFilter, LiveSocket, type LiveState } from "./socket";

interface Hearing {
  onFrame: (frame: Frame) => void;
  onBack?: (awayMs: number) => void;
}

/**
 * Calls back for every frame, from `cursor` on; another filter or cursor opens a connection of its
 * own, none without a filter.
 */
export function useLive(
  filter: LiveFilter | undefined,
  hearing: Hearing,
  cursor?: string,
): LiveState {
  const [state, setState] = useState<LiveState>("connecting");
  const onFrame = useEffectEvent((frame: Frame) => hearing.onFrame(frame));
  const onBack = useEffectEvent((awayMs: number) => hearing.onBack?.(awayMs));
  const wanted = JSON.stringify(filter ?? null);
  useEffect(() => {
    const parsed = JSON.parse(wanted) as LiveFilter | null;
    if (!parsed) return;
    const listener = {
      frame: (frame: Frame) => onFrame(frame),
      back: (awayMs: number) => onBack(awayMs),
      state: setState,
    };
    const socket = new LiveSocket(parsed, listener, cursor);
    return () => socket.close();
  }, [wanted, cursor]);
  return state;
}
