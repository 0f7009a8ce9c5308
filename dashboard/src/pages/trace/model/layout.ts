/** The tree of a trace: who is below whom, in the order in which a waterfall shows them. */
import { RUNNING, type SpanStore } from "./spanStore";

export interface Layout {
  /** Places of spans, parents before children, siblings by start. */
  order: Int32Array;
  /** Of each span: its parent's place, or -1. */
  parent: Int32Array;
  /** Of each span: how many are above it. */
  depth: Int32Array;
  /** Of each span: how many are below it, at any depth. */
  below: Int32Array;
  /** Spans whose parent is named but not here. */
  orphans: number;
  running: number;
  /** Earliest start and latest end of what has ended, in milliseconds. */
  from: number;
  to: number;
}

/** Lays the spans out. Spans whose parents form a circle stand as roots. */
export function layOut(store: SpanStore): Layout {
  const count = store.size;
  const parent = new Int32Array(count);
  let orphans = 0;
  for (let place = 0; place < count; place++) {
    const above = store.placeOf(store.parentIds[place]);
    if (above < 0 && store.parentIds[place]) orphans++;
    parent[place] = above === place ? -1 : above;
  }
  const { first, next, roots } = children(store, parent);
  const walk = new Walk(count, first, next);
  for (const root of roots) walk.down(root);
  for (let place = 0; walk.length < count && place < count; place++) {
    if (walk.seen(place)) continue;
    parent[place] = -1;
    walk.down(place);
  }
  return { ...walk.result(parent), parent, orphans, ...extent(store) };
}

/** Linked lists of children, each by start. */
function children(store: SpanStore, parent: Int32Array) {
  const first = new Int32Array(store.size).fill(-1);
  const next = new Int32Array(store.size).fill(-1);
  const roots: number[] = [];
  const sorted = byStart(store);
  for (let at = sorted.length - 1; at >= 0; at--) {
    const place = sorted[at] ?? 0;
    const above = parent[place] ?? -1;
    if (above < 0) {
      roots.push(place);
    } else {
      next[place] = first[above] ?? -1;
      first[above] = place;
    }
  }
  return { first, next, roots: roots.reverse() };
}

function byStart(store: SpanStore): Int32Array {
  const places = Int32Array.from({ length: store.size }, (_, place) => place);
  const start = store.start;
  const sorted = places.every(
    (place) => place === 0 || (start[place - 1] ?? 0) <= (start[place] ?? 0),
  );
  return sorted ? places : places.sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0) || a - b);
}

/** Goes through trees without recursion: a trace may be as deep as it is large. */
class Walk {
  length = 0;
  private readonly order: Int32Array;
  private readonly depth: Int32Array;
  private readonly below: Int32Array;
  private readonly visited: Uint8Array;

  constructor(
    count: number,
    private readonly first: Int32Array,
    private readonly next: Int32Array,
  ) {
    this.order = new Int32Array(count);
    this.depth = new Int32Array(count);
    this.below = new Int32Array(count);
    this.visited = new Uint8Array(count);
  }

  seen(place: number): boolean {
    return this.visited[place] === 1;
  }

  down(root: number) {
    const stack = [root];
    const levels = [0];
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      const level = levels.pop() ?? 0;
      if (this.seen(place)) continue;
      this.visited[place] = 1;
      this.depth[place] = level;
      this.order[this.length++] = place;
      const mark = stack.length;
      for (let child = this.first[place] ?? -1; child >= 0; child = this.next[child] ?? -1) {
        stack.push(child);
        levels.push(level + 1);
      }
      reverse(stack, mark);
    }
  }

  /** Adds up what is below each span, from the end of the order to its start. */
  result(parent: Int32Array) {
    for (let at = this.length - 1; at >= 0; at--) {
      const place = this.order[at] ?? 0;
      const above = parent[place] ?? -1;
      if (above >= 0) this.below[above] = (this.below[above] ?? 0) + (this.below[place] ?? 0) + 1;
    }
    return { order: this.order, depth: this.depth, below: this.below };
  }
}

/** Turns the end of a stack around. */
function reverse(stack: number[], from: number) {
  for (let low = from, high = stack.length - 1; low < high; low++, high--) {
    const kept = stack[low] ?? 0;
    stack[low] = stack[high] ?? 0;
    stack[high] = kept;
  }
}

function extent(store: SpanStore): { from: number; to: number; running: number } {
  let from = Infinity;
  let to = -Infinity;
  let running = 0;
  for (let place = 0; place < store.size; place++) {
    const start = store.start[place] ?? 0;
    const end = store.end[place] ?? NaN;
    if (start < from) from = start;
    if (start > to) to = start;
    if (end > to) to = end;
    if (store.status[place] === RUNNING) running++;
  }
  return store.size > 0 ? { from, to, running } : { from: 0, to: 0, running };
}

/** The rows that a waterfall shows: the order without what lies below collapsed spans. */
export function visibleRows(
  { order, below }: Layout,
  collapsed: { has: (place: number) => boolean },
): Int32Array {
  const rows = new Int32Array(order.length);
  let length = 0;
  for (let at = 0; at < order.length; at++) {
    const place = order[at] ?? 0;
    rows[length++] = place;
    if (collapsed.has(place)) at += below[place] ?? 0;
  }
  return rows.subarray(0, length);
}
