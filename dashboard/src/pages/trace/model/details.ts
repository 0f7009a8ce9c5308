/** What the views of cost and agents need of every span beyond its skeleton. */
import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "../../../api/client";
import { type Follow, spanKey } from "../../../api/queries";
import type { SpanView } from "../../../api/types";

export interface Spent {
  spanId: string;
  name: string;
  agent: string | undefined;
  model: string | undefined;
  tool: string | undefined;
  input: number;
  output: number;
  cached: number;
  tokens: number;
  cost: number;
}

const PAGE = 5000;

/** What spans have spent, of those whose tokens and cost count. */
export const spentQuery = (traceId: string, follow?: Follow) =>
  queryOptions({
    queryKey: ["trace", traceId, "spent", follow],
    queryFn: async ({ signal }) => {
      const spent: Spent[] = [];
      let cursor: string | undefined;
      do {
        const page = await unwrap(
          client.GET("/api/v1/traces/{trace_id}/spans", {
            params: { path: { trace_id: traceId }, query: { limit: PAGE, cursor, follow } },
            signal,
          }),
        );
        spent.push(...page.items.filter(spends).map((span) => spentOf(span, follow)));
        cursor = page.next ?? undefined;
      } while (cursor);
      return spent;
    },
    staleTime: 5000,
  });

const spends = (span: SpanView) => span.counts && (!!span.token_usage || !!span.cost_usd);

function spentOf(span: SpanView, follow: Follow | undefined): Spent {
  const usage = span.token_usage;
  return {
    spanId: spanKey(span.span_id, follow && span.trace_id),
    name: span.name,
    agent: span.acting_agent ?? span.agent_name ?? span.agent_id ?? undefined,
    model: span.model ?? undefined,
    tool: span.tool_name ?? undefined,
    input: usage?.input ?? 0,
    output: usage?.output ?? 0,
    cached: usage?.cached ?? 0,
    tokens: usage?.total ?? 0,
    cost: span.cost_usd ?? 0,
  };
}
