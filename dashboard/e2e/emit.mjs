/** Sends records straight to Kafka, as an agent's SDK does. */
import { randomBytes } from "node:crypto";
import { Producer, stringSerializers } from "@platformatic/kafka";

const TOPICS = {
  span: "agent-telemetry-spans",
  trace: "agent-telemetry-traces",
  handoff: "agent-telemetry-handoffs",
  event: "agent-telemetry-events",
};
const BATCH = 2000;

export const newId = (bytes) => randomBytes(bytes).toString("hex");
export const instant = (millis) => new Date(millis).toISOString();

export class Emitter {
  constructor(servers) {
    this.producer = new Producer({
      clientId: "telemetron-e2e",
      bootstrapBrokers: servers.split(","),
      serializers: stringSerializers,
    });
  }

  /** Sends records of one kind; they are in Kafka when this is done. */
  async send(kind, ...records) {
    for (let from = 0; from < records.length; from += BATCH) {
      const messages = records.slice(from, from + BATCH).map((record) => ({
        topic: TOPICS[kind],
        key: record.trace_id,
        value: JSON.stringify(record),
        headers: { schema: `telemetron.${kind}.v1`, "content-type": "application/json" },
      }));
      await this.producer.send({ messages });
    }
  }

  /** Sends bytes that no consumer can read. */
  async sendBroken(key, value) {
    await this.producer.send({ messages: [{ topic: TOPICS.span, key, value }] });
  }

  close() {
    return this.producer.close();
  }
}

/** A span; what is not said is as usual. */
export function span(traceId, fields) {
  return {
    trace_id: traceId,
    span_id: newId(8),
    name: "work",
    span_kind: "AGENT",
    status: "RUNNING",
    start_time: instant(Date.now()),
    ...fields,
  };
}

const KINDS = ["LLM", "TOOL", "TOOL", "RETRIEVER"];

/** A trace of so many spans: agents below a root, calls below agents. */
export function largeTrace(count) {
  const traceId = newId(16);
  const begin = Date.now() - count;
  const root = newId(8);
  const spans = [];
  let agent = root;
  for (let at = 1; at < count; at++) {
    const isAgent = at % 50 === 1;
    const made = span(traceId, {
      parent_span_id: isAgent ? root : agent,
      name: isAgent ? `agent ${at}` : `call ${at}`,
      span_kind: isAgent ? "AGENT" : KINDS[at % KINDS.length],
      agent_name: `agent-${Math.floor(at / 50) % 12}`,
      status: at % 997 === 0 ? "FAILED" : "COMPLETED",
      start_time: instant(begin + at),
      end_time: instant(begin + at + (isAgent ? 50 : 1)),
    });
    if (isAgent) agent = made.span_id;
    spans.push(made);
  }
  const first = span(traceId, {
    span_id: root,
    name: "large trace",
    agent_name: "orchestrator",
    status: "COMPLETED",
    start_time: instant(begin),
    end_time: instant(begin + count + 50),
  });
  return { traceId, spans: [first, ...spans] };
}
