/** The spans of a trace as a tree over time. Any number of them: only what is in sight is drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type WheelEvent,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { plural } from "../../../format/amount";
import { criticalPath } from "../model/critical";
import type { Layout } from "../model/layout";
import { FAILED, type SpanStore } from "../model/spanStore";
import { Axis } from "./Axis";
import { Minimap } from "./Minimap";
import { Row } from "./Row";
import { zoom } from "./scale";
import { Toolbar } from "./Toolbar";
import { useRows } from "./useRows";
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
  const goTo = useGoTo(tree, store, layout, (index) => {
    setActive(index);
    virtual.scrollToIndex(index, { align: "center" });
  });
  useRevealOnce(selected, store, goTo);

  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    setActive(index);
    virtual.scrollToIndex(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = rows[active] ?? -1;
    const open = place >= 0 && isOpen(place) && (layout.below[place] ?? 0) > 0;
    const closed = place >= 0 && !isOpen(place);
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / ROW_PX) - 2);
    switch (event.key) {
      case "ArrowDown":
      case "j":
        move(active + 1);
        break;
      case "ArrowUp":
      case "k":
        move(active - 1);
        break;
      case "PageDown":
        move(active + page);
        break;
      case "PageUp":
        move(active - page);
        break;
      case "Home":
        move(0);
        break;
      case "End":
        move(rows.length - 1);
        break;
      case "ArrowLeft":
        if (open) toggle(place);
        else move(rows.indexOf(layout.parent[place] ?? -1));
        break;
      case "ArrowRight":
        if (closed) toggle(place);
        else if (open) move(active + 1);
        break;
      case "Enter":
      case " ":
        if (place >= 0) select(active);
        break;
      case "+":
        setView(zoom(view, bounds, ZOOM, 0.5));
        break;
      case "-":
        setView(zoom(view, bounds, 1 / ZOOM, 0.5));
        break;
      default:
        return;
    }
    event.preventDefault();
  };
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
        failures={failuresOf(store, layout)}
        onFailure={() => goTo(after(failedPlaces(store, layout), rows[active] ?? -1, layout, 1))}
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

interface Matches {
  /** In the order of the waterfall. */
  places: number[];
  has: Set<number>;
}

/** Spans whose name, agent or id contains the words. */
function find(store: SpanStore, layout: Layout, words: string): Matches | undefined {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return undefined;
  const fits = (text: string | null | undefined) => text?.toLowerCase().includes(wanted) ?? false;
  const places = Array.from(layout.order).filter(
    (place) => fits(store.names[place]) || fits(store.agents[place]) || store.ids[place] === wanted,
  );
  return { places, has: new Set(places) };
}

function failedPlaces(store: SpanStore, layout: Layout): number[] {
  return Array.from(layout.order.filter((place) => store.status[place] === FAILED));
}

function failuresOf(store: SpanStore, layout: Layout): number {
  return layout.order.reduce((sum, place) => sum + (store.status[place] === FAILED ? 1 : 0), 0);
}

/** The place after, or before, the one that is active; around at the ends. */
function after(places: number[], active: number, layout: Layout, step: 1 | -1): number {
  const known = places.indexOf(active);
  if (known >= 0) return places[(known + step + places.length) % places.length] ?? -1;
  const here = layout.order.indexOf(active);
  const next = places.find((place) => layout.order.indexOf(place) > here);
  return next ?? places[0] ?? -1;
}

/** Opens the way to a span and goes there. */
function useGoTo(
  { rows, reveal }: ReturnType<typeof useRows>,
  store: SpanStore,
  layout: Layout,
  go: (index: number) => void,
) {
  const wanted = useRef<string | undefined>(undefined);
  const here = wanted.current === undefined ? -1 : rows.indexOf(store.placeOf(wanted.current));
  useEffect(() => {
    if (here < 0) return;
    wanted.current = undefined;
    go(here);
    // It is gone to once, when its row is there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [here]);
  return useCallback(
    (place: number) => {
      if (place < 0 || place >= layout.order.length) return;
      const index = rows.indexOf(place);
      if (index >= 0) go(index);
      else {
        wanted.current = store.ids[place];
        reveal(place);
      }
    },
    [rows, layout, store, reveal, go],
  );
}

/** Goes once to the span that the address names. */
function useRevealOnce(selected: string | null, store: SpanStore, goTo: (place: number) => void) {
  const [first] = useState(selected);
  const done = useRef(false);
  const place = store.placeOf(first);
  useEffect(() => {
    if (done.current || place < 0) return;
    done.current = true;
    goTo(place);
  }, [place, goTo]);
}
