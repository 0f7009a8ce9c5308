/** Where evidence and next calls lead on these pages; nowhere when no page shows them. */
import type { Evidence } from "../../api/types";

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

const OF_TRACE = /^\/api\/v1\/traces\/([0-9a-f]{32})(?:\/spans\/([0-9a-f]{16})|\/(\w+))?(?:\?|$)/;
const VIEW_OF: Record<string, string> = {
  diagnosis: "?view=errors",
  graph: "?view=graph",
  timeline: "?view=timeline",
};

/** The page that shows what a call of the API answers. */
export function callAddress(call: string): string | undefined {
  const path = call.replace(/^GET /, "");
  const [, trace, span, part = ""] = OF_TRACE.exec(path) ?? [];
  if (trace) return `/traces/${trace}${span ? `?span=${span}` : (VIEW_OF[part] ?? "")}`;
  return path.startsWith("/api/v1/traces?") ? path.slice("/api/v1".length) : undefined;
}

/** The call itself, when a browser can make it. */
export function callPath(call: string): string | undefined {
  const path = call.replace(/^GET /, "");
  return /^\/(api|ready|metrics)\b/.test(path) ? path : undefined;
}
