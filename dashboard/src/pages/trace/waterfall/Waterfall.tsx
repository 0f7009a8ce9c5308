/** The spans of a trace as a tree over time. Any number of them: only what is in sight is drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type WheelEvent, useCallback, useId, useMemo, useRef, useState } from "react";
import { plural } from "../../../format/amount";
import { criticalPath } from "../model/critical";
import type { Layout } from "../model/layout";
import type { SpanStore } from "../model/spanStore";
import { Axis } from "./Axis";
import { after, failedPlaces, find } from "./find";
import { Minimap } from "./Minimap";
import { Row } from "./Row";
import { zoom } from "./scale";
import { Toolbar } from "./Toolbar";
import { useGoTo, useRevealOnce } from "./useGoTo";
import { useRows } from "./useRows";
import { useTreeKeys } from "./useTreeKeys";
import { useView } from "./useView";
import "./waterfall.css";

export const ROW_PX = 28;
const ZOOM = 0.6;

interface WaterfallProps {
  store: SpanStore;
  layout: Layout;
  /** Times are only an order. */
  ordered: boolean;
  selected: string | null;
  onSelect: (spanId: string) => void;
  label?: string;
}

export function Waterfall(props: WaterfallProps) {
  const { store, layout, ordered, selected, onSelect, label = "Spans" } = props;
  const id = useId();
  const scroll = useRef<HTMLDivElement>(null);
  const { bounds, view, setView, zoomed, now } = useView(layout);
  const tree = useRows(store, layout);
  const [active, setActive] = useState(-1);
  const [words, setWords] = useState("");
  const [showCritical, setShowCritical] = useState(false);
  const critical = useMemo(
    () => (showCritical ? criticalPath(store, layout, layout.to) : undefined),
    [showCritical, store, layout],
  );
  const failed = useMemo(() => failedPlaces(store, layout), [store, layout]);
  const matches = useMemo(() => find(store, layout, words), [store, layout, words]);
  const virtual = useVirtualizer({
    count: tree.rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });

  const { rows, isOpen, toggle } = tree;
  const select = useCallback(
    (index: number) => {
      setActive(index);
      onSelect(store.ids[rows[index] ?? -1] ?? "");
    },
    [rows, store, onSelect],
  );
  const goTo = useGoTo(tree, store, (index) => {
    setActive(index);
    virtual.scrollToIndex(index, { align: "center" });
  });
  useRevealOnce(selected, store, goTo);

  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    setActive(index);
    virtual.scrollToIndex(index);
  };
  const onKeyDown = useTreeKeys({
    rows,
    layout,
    isOpen,
    toggle,
    active,
    move,
    select,
    page: () => Math.floor((scroll.current?.clientHeight ?? 0) / ROW_PX) - 2,
    onZoom: (factor) => setView(zoom(view, bounds, factor, 0.5)),
  });
  const onWheel = (event: WheelEvent<HTMLDivElement>) => {
    if (!event.altKey) return;
    const lane = event.currentTarget.querySelector(".wf-lane")?.getBoundingClientRect();
    if (!lane) return;
    const around = Math.min(1, Math.max(0, (event.clientX - lane.left) / lane.width));
    setView(zoom(view, bounds, event.deltaY > 0 ? 1 / ZOOM : ZOOM, around));
  };

  const length = view.to - view.from;
  return (
    <div className="fill wf">
      <Toolbar
        words={words}
        onWords={setWords}
        found={matches?.places.length}
        onNext={(step) => goTo(after(matches?.places ?? [], rows[active] ?? -1, layout, step))}
        failures={failed.length}
        onFailure={() => goTo(after(failed, rows[active] ?? -1, layout, 1))}
        critical={showCritical}
        onCritical={ordered ? undefined : setShowCritical}
        onOpenAll={tree.openAll}
        onCloseAll={tree.closeAll}
        zoomed={zoomed}
        onZoom={(factor) => setView(factor ? zoom(view, bounds, factor, 0.5) : bounds)}
      />
      <Minimap store={store} layout={layout} bounds={bounds} view={view} onView={setView} />
      <Axis view={view} origin={bounds.from} ordered={ordered} />
      <div
        ref={scroll}
        className="wf-scroll"
        role="treegrid"
        aria-label={`${label}: ${plural(store.size, "span")}`}
        aria-rowcount={rows.length}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onWheel={onWheel}
      >
        <div
          role="rowgroup"
          style={{ height: virtual.getTotalSize(), position: "relative", minWidth: "100%" }}
        >
          {virtual.getVirtualItems().map(({ index, start: top }) => {
            const place = rows[index] ?? 0;
            const start = store.start[place] ?? 0;
            const ended = store.end[place] ?? NaN;
            const end = Number.isNaN(ended) ? now : ended;
            const left = Math.max(0, Math.min(1, (start - view.from) / length));
            const right = Math.max(0, Math.min(1, (end - view.from) / length));
            const spanId = store.ids[place] ?? "";
            return (
              <Row
                key={spanId}
                id={`${id}-${index}`}
                index={index}
                top={top}
                place={place}
                name={store.names[place] ?? ""}
                agent={store.agents[place] ?? null}
                kind={store.kind[place] ?? 0}
                status={store.status[place] ?? 0}
                depth={layout.depth[place] ?? 0}
                below={layout.below[place] ?? 0}
                open={isOpen(place)}
                left={left}
                width={right - left}
                duration={ordered ? NaN : Math.max(0, end - start)}
                selected={selected === spanId}
                active={index === active}
                dimmed={
                  (matches !== undefined && !matches.has.has(place)) ||
                  (critical !== undefined && critical[place] !== 1)
                }
                critical={critical?.[place] === 1}
                onSelect={select}
                onToggle={toggle}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
