/** Listens to the live stream while a component is on the page. */
import { useEffect, useEffectEvent, useState } from "react";
import type { Frame } from "./frames";
import { type LiveFilter, LiveSocket, type LiveState } from "./socket";

interface Hearing {
  onFrame: (frame: Frame) => void;
  onBack?: (awayMs: number) => void;
}

/** Calls back for every frame; a changed filter opens a connection of its own. */
export function useLive(filter: LiveFilter | undefined, hearing: Hearing): LiveState {
  const [state, setState] = useState<LiveState>("connecting");
  const onFrame = useEffectEvent((frame: Frame) => hearing.onFrame(frame));
  const onBack = useEffectEvent((awayMs: number) => hearing.onBack?.(awayMs));
  const wanted = JSON.stringify(filter ?? null);
  useEffect(() => {
    const parsed = JSON.parse(wanted) as LiveFilter | null;
    if (!parsed) return;
    const socket = new LiveSocket(parsed, {
      frame: (frame) => onFrame(frame),
      back: (awayMs) => onBack(awayMs),
      state: setState,
    });
    return () => socket.close();
  }, [wanted]);
  return state;
}
