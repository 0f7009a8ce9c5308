/** The edge of the panel: dragged, or moved with the arrow keys. Its place is kept. */
import { type KeyboardEvent, type PointerEvent, useState } from "react";

const KEY = "telemetron.panel";
const LEAST_PX = 320;
const STEP_PX = 40;

const bounded = (width: number) =>
  Math.round(Math.max(LEAST_PX, Math.min(window.innerWidth * 0.7, width)));

export function usePanelWidth(): [number | undefined, (width: number) => void] {
  const kept = Number(localStorage.getItem(KEY));
  const [width, setWidth] = useState(kept > 0 ? bounded(kept) : undefined);
  const change = (wanted: number) => {
    const width = bounded(wanted);
    localStorage.setItem(KEY, String(width));
    setWidth(width);
  };
  return [width, change];
}

interface GripProps {
  width: number | undefined;
  onWidth: (width: number) => void;
}

export function Grip({ width, onWidth }: GripProps) {
  const now = (element: Element) => width ?? element.parentElement?.clientWidth ?? LEAST_PX;
  const onMove = (event: PointerEvent) => {
    if (event.buttons === 1) onWidth(window.innerWidth - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") onWidth(now(event.currentTarget) + STEP_PX);
    if (event.key === "ArrowRight") onWidth(now(event.currentTarget) - STEP_PX);
  };
  return (
    <button
      type="button"
      className="panel-grip"
      aria-label="Width of the panel: arrow keys change it"
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onMove}
      onKeyDown={onKeyDown}
    />
  );
}
