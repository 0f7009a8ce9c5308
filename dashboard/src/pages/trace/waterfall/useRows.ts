/** Which spans are open, and the rows that follow from it. */
import { useCallback, useMemo, useState } from "react";
import { type Layout, visibleRows } from "../model/layout";
import type { SpanStore } from "../model/spanStore";

/** Rows of a tree whose branches open and close. Branches are remembered by the ids of spans. */
export function useRows(store: SpanStore, layout: Layout) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => {
    const has = (place: number) => closed.has(store.ids[place] ?? "");
    return visibleRows(layout, closed.size > 0 ? { has } : { has: () => false });
  }, [store, layout, closed]);

  const toggle = useCallback(
    (place: number) => setClosed((ids) => toggled(ids, store.ids[place] ?? "")),
    [store],
  );
  /** Opens everything above a span. */
  const reveal = useCallback(
    (place: number) =>
      setClosed((ids) => {
        if (ids.size === 0) return ids;
        const open = new Set(ids);
        for (let above = layout.parent[place] ?? -1; above >= 0; above = layout.parent[above] ?? -1)
          open.delete(store.ids[above] ?? "");
        return open.size === ids.size ? ids : open;
      }),
    [store, layout],
  );
  const closeAll = () => {
    const parents = layout.order.filter((place) => (layout.below[place] ?? 0) > 0);
    setClosed(new Set(Array.from(parents, (place) => store.ids[place] ?? "")));
  };
  const isOpen = (place: number) => !closed.has(store.ids[place] ?? "");
  return { rows, isOpen, toggle, reveal, closeAll, openAll: () => setClosed(new Set()) };
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const changed = new Set(ids);
  if (!changed.delete(id)) changed.add(id);
  return changed;
}
