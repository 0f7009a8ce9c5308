/** Where evidence and next calls lead on these pages; nowhere when no page shows them. */
import type { Evidence, Next, TracesLike } from "../../api/types";

const named = (parameter: string) => (name: string) =>
  `/traces?${parameter}=${encodeURIComponent(name)}`;

const ADDRESS: Partial<Record<Evidence["kind"], (id: string) => string | undefined>> = {
  trace: (id) => `/traces/${id}`,
  span: spanAddress,
  handoff: (id) => `/traces/${id.split("/", 1)[0] ?? ""}?view=graph`,
  agent: named("agent"),
  model: named("model"),
  tool: named("tool"),
  // Deployments, pods, queues and tasks stand on the page itself.
  dead_letter: (id) => `/ingest?letter=${encodeURIComponent(id)}`,
  topic: () => "/ingest",
};

/** The page that shows a piece of evidence. */
export const evidenceAddress = ({ kind, id }: Evidence): string | undefined => ADDRESS[kind]?.(id);

const SPAN = /^([0-9a-f]{32})\/([0-9a-f]{16})$/;

/** The page of a span that is named as `TRACE/SPAN`. */
export function spanAddress(id: string): string | undefined {
  const [, trace, span] = SPAN.exec(id) ?? [];
  return trace && span ? `/traces/${trace}?span=${span}` : undefined;
}

/** The page that answers what is to be asked next; none where this page does already. */
export function nextAddress(next: Next): string | undefined {
  switch (next.what) {
    case "traces":
      return `/traces?${queryOf(next.like)}`;
    case "spans":
      return `/traces/${next.trace_id}`;
    case "span":
      return `/traces/${next.trace_id}?span=${next.span_id}`;
    case "diagnosis":
      return `/traces/${next.trace_id}?view=errors`;
    case "graph":
      return `/traces/${next.trace_id}?view=graph`;
    case "timeline":
      return `/traces/${next.trace_id}?view=timeline`;
    case "metrics":
      return "/charts";
    case "ingest":
    case "dead_letters":
      return "/ingest";
    case "dead_letter":
      return `/ingest?letter=${next.id}`;
    case "issues":
      return oracleAddress(next.at);
    case "diff":
      return oracleAddress(next.to);
    case "state":
    case "queues":
      return next.at ? oracleAddress(next.at) : undefined;
    case "agents":
    case "workload":
      return undefined;
  }
}

const oracleAddress = (at: string) => `/oracle?at=${encodeURIComponent(at)}`;

const queryOf = (like: TracesLike) =>
  new URLSearchParams(
    Object.entries(like).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

/** The call itself, when a browser can make it. */
export function callPath(call: string): string | undefined {
  const path = call.replace(/^GET /, "");
  return /^\/(api|ready|metrics)\b/.test(path) ? path : undefined;
}
