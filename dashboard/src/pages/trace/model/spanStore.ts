/**
 * The spans of one trace in columns, so that 50,000 of them cost little.
 *
 * What is known better wins: a span that has ended never runs again, whatever comes late.
 */
import type { SpanKind, SpanSkeleton, Status } from "../../../api/types";
import { spanKey } from "../../../api/queries";
import { millisOf } from "../../../format/instant";

export const KINDS: readonly SpanKind[] = ["AGENT", "LLM", "TOOL", "RETRIEVER", "CHAIN"];
export const STATUSES: readonly Status[] = ["RUNNING", "COMPLETED", "FAILED"];
export const RUNNING = 0;
export const FAILED = 2;

const FIRST_CAPACITY = 1024;

/** What a skeleton and a live record both say. */
export type SpanFacts = Pick<
  SpanSkeleton,
  | "span_id"
  | "parent_span_id"
  | "span_kind"
  | "status"
  | "start_time"
  | "end_time"
  | "name"
  | "agent"
  | "total_tokens"
  | "trace_id"
  | "linked_parent"
>;

export class SpanStore {
  /** By what each is known: its id, with its trace before it where several are read as one. */
  readonly ids: string[] = [];
  readonly names: string[] = [];
  readonly agents: (string | null)[] = [];
  readonly parentIds: (string | null)[] = [];
  /** Milliseconds since the epoch. */
  start = new Float64Array(FIRST_CAPACITY);
  /** Milliseconds since the epoch; NaN while it runs. */
  end = new Float64Array(FIRST_CAPACITY);
  /** Tokens that it names itself; NaN when it names none. */
  tokens = new Float64Array(FIRST_CAPACITY);
  kind = new Uint8Array(FIRST_CAPACITY);
  status = new Uint8Array(FIRST_CAPACITY);
  private readonly places = new Map<string, number>();

  get size(): number {
    return this.ids.length;
  }

  /** Where a span stands; -1 when it is not here. */
  placeOf(id: string | null | undefined): number {
    return (id ? this.places.get(id) : undefined) ?? -1;
  }

  /** Takes what is known of a span; says whether anything changed. */
  put(span: SpanFacts): boolean {
    const key = spanKey(span.span_id, span.trace_id);
    const known = this.places.get(key);
    const status = STATUSES.indexOf(span.status);
    if (known !== undefined) {
      if (status <= (this.status[known] ?? 0)) return false;
      this.write(known, span, status);
      return true;
    }
    const place = this.ids.length;
    if (place === this.start.length) this.grow();
    this.places.set(key, place);
    // What names a span by its id alone means the first that has it.
    if (!this.places.has(span.span_id)) this.places.set(span.span_id, place);
    this.ids.push(key);
    this.write(place, span, status);
    return true;
  }

  private write(place: number, span: SpanFacts, status: number) {
    this.names[place] = span.name;
    this.agents[place] = span.agent ?? null;
    // The stream knows of no links: what is known stays.
    this.parentIds[place] = aboveOf(span) ?? this.parentIds[place] ?? null;
    this.start[place] = millisOf(span.start_time);
    this.end[place] = span.end_time ? millisOf(span.end_time) : NaN;
    this.tokens[place] = span.total_tokens ?? NaN;
    this.kind[place] = KINDS.indexOf(span.span_kind);
    this.status[place] = status;
  }

  private grow() {
    const wide = (old: Float64Array) => {
      const wider = new Float64Array(old.length * 2);
      wider.set(old);
      return wider;
    };
    const bytes = (old: Uint8Array) => {
      const wider = new Uint8Array(old.length * 2);
      wider.set(old);
      return wider;
    };
    this.start = wide(this.start);
    this.end = wide(this.end);
    this.tokens = wide(this.tokens);
    this.kind = bytes(this.kind);
    this.status = bytes(this.status);
  }
}

/** The span that one stands below: its parent, else what it hangs under by its link. */
function aboveOf({ parent_span_id: parent, trace_id: own, linked_parent: linked }: SpanFacts) {
  if (parent) return spanKey(parent, own);
  return linked ? spanKey(linked.span_id, linked.trace_id) : null;
}

/** By what a span that came alone is known in a store. */
export function keyIn(store: SpanStore, span: { span_id: string; trace_id: string }): string {
  const key = spanKey(span.span_id, span.trace_id);
  return store.placeOf(key) >= 0 ? key : span.span_id;
}
