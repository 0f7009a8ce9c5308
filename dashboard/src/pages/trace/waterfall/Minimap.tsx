/** The whole trace at a glance; dragging across it looks closer. */
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useDark } from "../../../app/theme";
import type { Layout } from "../model/layout";
import { FAILED, KINDS, type SpanStore } from "../model/spanStore";
import type { Range } from "./scale";

const HEIGHT = 46;
/** A drag shorter than this is a click, which shows everything again. */
const CLICK_PX = 4;

interface MinimapProps {
  store: SpanStore;
  layout: Layout;
  bounds: Range;
  view: Range;
  onView: (view: Range) => void;
}

export function Minimap({ store, layout, bounds, view, onView }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<Range>();
  const dark = useDark();
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const paint = () => draw(element, store, layout, bounds);
    const sizes = new ResizeObserver(paint);
    sizes.observe(element);
    paint();
    return () => sizes.disconnect();
  }, [store, layout, bounds, dark]);

  const at = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return bounds.from + share * (bounds.to - bounds.from);
  };
  const begin = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ from: at(event), to: at(event) });
  };
  const end = (event: PointerEvent) => {
    if (!drag) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    const width = event.currentTarget.getBoundingClientRect().width;
    const tiny = ((to - from) / (bounds.to - bounds.from)) * width < CLICK_PX;
    onView(tiny ? bounds : { from, to });
    setDrag(undefined);
  };
  const shown = drag ?? view;
  const percent = (instant: number) =>
    `${(((instant - bounds.from) / (bounds.to - bounds.from)) * 100).toFixed(3)}%`;
  const left = Math.min(shown.from, shown.to);
  const right = Math.max(shown.from, shown.to);
  return (
    <div
      className="minimap"
      aria-hidden
      title="Drag to look closer, click to see everything"
      onPointerDown={begin}
      onPointerMove={(event) => drag && setDrag({ from: drag.from, to: at(event) })}
      onPointerUp={end}
    >
      <canvas ref={canvas} style={{ height: HEIGHT }} />
      <div className="minimap-shade" style={{ left: 0, width: percent(left) }} />
      <div className="minimap-shade" style={{ left: percent(right), right: 0 }} />
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, store: SpanStore, layout: Layout, bounds: Range) {
  const ratio = window.devicePixelRatio;
  const width = canvas.clientWidth;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const colors = KINDS.map((kind) => style.getPropertyValue(`--${kind.toLowerCase()}`));
  const bad = style.getPropertyValue("--bad");
  const row = HEIGHT / Math.max(1, layout.order.length);
  const scale = width / Math.max(1e-9, bounds.to - bounds.from);
  context.globalAlpha = 0.75;
  for (let at = 0; at < layout.order.length; at++) {
    const place = layout.order[at] ?? 0;
    const end = store.end[place] ?? NaN;
    const from = ((store.start[place] ?? 0) - bounds.from) * scale;
    const to = ((Number.isNaN(end) ? bounds.to : end) - bounds.from) * scale;
    const failed = store.status[place] === FAILED;
    context.fillStyle = (failed ? bad : colors[store.kind[place] ?? 0]) ?? bad;
    context.fillRect(from, at * row, Math.max(0.75, to - from), Math.max(0.5, Math.min(4, row)));
  }
}
