/** The keys of a tree: up and down through its rows, left and right through its levels. */
import type { KeyboardEvent } from "react";
import type { Layout } from "../model/layout";

interface TreeKeys {
  rows: Int32Array;
  layout: Layout;
  isOpen: (place: number) => boolean;
  toggle: (place: number) => void;
  /** The row that keys start from; -1 when there is none yet. */
  active: number;
  move: (index: number) => void;
  select: (index: number) => void;
  /** Rows that a page has. */
  page: () => number;
  onZoom: (factor: number) => void;
}

const CLOSER = 0.6;

export function useTreeKeys(keys: TreeKeys): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actionOf(event.key, keys);
    if (!act) return;
    act();
    event.preventDefault();
  };
}

function actionOf(key: string, keys: TreeKeys): (() => void) | undefined {
  const { rows, active, move, select, onZoom } = keys;
  const page = Math.max(1, keys.page());
  const actions: Record<string, () => void> = {
    ArrowDown: () => move(active + 1),
    ArrowUp: () => move(active - 1),
    j: () => move(active + 1),
    k: () => move(active - 1),
    PageDown: () => move(active + page),
    PageUp: () => move(active - page),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    ArrowLeft: () => outwards(keys),
    ArrowRight: () => inwards(keys),
    Enter: () => active >= 0 && select(active),
    " ": () => active >= 0 && select(active),
    "+": () => onZoom(CLOSER),
    "-": () => onZoom(1 / CLOSER),
  };
  return actions[key];
}

/** Closes an open branch; from anything else goes to what is above it. */
function outwards({ rows, layout, isOpen, toggle, active, move }: TreeKeys) {
  const place = rows[active] ?? -1;
  const open = place >= 0 && isOpen(place) && (layout.below[place] ?? 0) > 0;
  if (open) toggle(place);
  else move(rows.indexOf(layout.parent[place] ?? -1));
}

/** Opens a closed branch; goes into one that is open. */
function inwards({ rows, layout, isOpen, toggle, active, move }: TreeKeys) {
  const place = rows[active] ?? -1;
  if (place < 0) return;
  if (!isOpen(place)) toggle(place);
  else if ((layout.below[place] ?? 0) > 0) move(active + 1);
}
