/** What has come over the stream: a bounded store that pages look at a few times a second. */
import { type Frame, type LiveRecord, eventTypeOf, severityOf } from "../../live/frames";
import type { Severity } from "../../api/types";

/** Most records that are kept. */
export const CAPACITY = 5000;

/** Stands below the oldest record of those that a page begins with. */
const EARLIER = "The last minutes begin here; what came before stands in the traces";

/** Something that happened to the stream itself. */
export interface Notice {
  key: number;
  notice: string;
  tone: "busy" | "warn";
}

export type Item = LiveRecord | Notice;

export const isNotice = (item: Item): item is Notice => "notice" in item;

/** Newest last; the oldest leave. */
export class Feed {
  items: Item[] = [];
  /** Records that came since the page was opened. */
  total = 0;
  private key = 0;

  /** Begins anew with what came before the page listened. */
  begin(frames: Frame[], arrived: number) {
    this.items = [];
    if (frames.length > 0) this.note(EARLIER, "busy");
    for (const frame of frames) this.take(frame, arrived);
  }

  record(frame: Frame, arrived: number) {
    if (this.take(frame, arrived)) this.total++;
  }

  private take({ cursor, kind, data }: Frame, arrived: number): boolean {
    if (!cursor || !kind || !data) return false;
    this.add({ key: this.key++, cursor, kind, data, arrived });
    return true;
  }

  note(notice: string, tone: Notice["tone"]) {
    this.add({ key: this.key++, notice, tone });
  }

  private add(item: Item) {
    this.items.push(item);
    // Cut now and then rather than each time: a cut moves everything.
    if (this.items.length > CAPACITY * 1.2) this.items = this.items.slice(-CAPACITY);
  }
}

const SEVERITIES: Severity[] = ["debug", "info", "warning", "error", "critical"];

/** What is wanted of the stream; what is empty wants everything. */
export interface Wanted {
  trace: string;
  agent: string;
  eventType: string;
  kind: string;
  severity: string;
}

/** Whether an item is wanted: the server's rule, for what is here already. */
export function wants(wanted: Wanted, item: Item): boolean {
  if (isNotice(item)) return true;
  const { data, kind } = item;
  const agents = [
    data.agent_name,
    data.agent_id,
    data.root_agent_name,
    data.source_agent_name,
    data.target_agent_name,
  ];
  const least = SEVERITIES.indexOf(wanted.severity as Severity);
  return (
    (wanted.trace === "" || data.trace_id === wanted.trace) &&
    (wanted.agent === "" || agents.includes(wanted.agent)) &&
    (wanted.eventType === "" || eventTypeOf(item) === wanted.eventType) &&
    (wanted.kind === "" || kind === wanted.kind) &&
    SEVERITIES.indexOf(severityOf(item)) >= least
  );
}
