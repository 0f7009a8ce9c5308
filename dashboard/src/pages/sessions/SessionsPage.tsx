/** Conversations: traces that share a session. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { MessagesSquare } from "lucide-react";
import { useCallback } from "react";
import { PageHead } from "../../app/PageHead";
import { useUrlState } from "../../app/useUrlState";
import { sessionsQuery } from "../../api/queries";
import type { SessionSummary } from "../../api/types";
import { compactOf, countOf, moneyOf } from "../../format/amount";
import { Badge } from "../../ui/Badge";
import { Empty, Failure, Loading } from "../../ui/Notice";
import { Time } from "../../ui/Time";
import { useDebounced } from "../../ui/useDebounced";
import { type Column, VirtualTable } from "../../ui/VirtualTable";

const REFRESH_MS = 5000;
const REST_MS = 300;

const COLUMNS: Column<SessionSummary>[] = [
  {
    id: "session",
    name: "Session",
    width: "minmax(120px, 2fr)",
    cell: (session) => <strong>{session.session_id}</strong>,
  },
  {
    id: "users",
    name: "Users",
    width: "minmax(70px, 1fr)",
    wide: true,
    cell: (session) => session.user_ids.join(", "),
  },
  {
    id: "projects",
    name: "Projects",
    width: "minmax(70px, 1fr)",
    wide: true,
    cell: (session) => session.projects.join(", "),
  },
  {
    id: "traces",
    name: "Traces",
    width: "60px",
    number: true,
    cell: (session) => countOf(session.traces),
  },
  {
    id: "state",
    name: "State",
    width: "150px",
    wide: true,
    cell: ({ running_traces: running, failed_traces: failed }) => (
      <span className="row">
        {running > 0 && <Badge tone="busy">{running} running</Badge>}
        {failed > 0 && <Badge tone="bad">{failed} failed</Badge>}
        {running + failed === 0 && <Badge tone="good">well</Badge>}
      </span>
    ),
  },
  {
    id: "tokens",
    name: "Tokens",
    width: "70px",
    number: true,
    wide: true,
    cell: (session) => compactOf(session.tokens.total),
  },
  {
    id: "cost",
    name: "Cost",
    width: "74px",
    number: true,
    wide: true,
    cell: (session) => moneyOf(session.cost_usd),
  },
  {
    id: "last",
    name: "Latest trace",
    width: "104px",
    cell: (session) => <Time at={session.last_trace_time} as="ago" />,
  },
];

export function SessionsPage() {
  const [params, change] = useUrlState();
  const user = useDebounced(params.get("user_id")?.trim() ?? "", REST_MS);
  const project = useDebounced(params.get("project")?.trim() ?? "", REST_MS);
  const filter = { ...(user && { user_id: user }), ...(project && { project }) };
  const sessions = useInfiniteQuery({
    ...sessionsQuery(filter),
    refetchInterval: ({ state }) => (state.data?.pages.length ?? 0) <= 1 && REFRESH_MS,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = sessions;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const rows = sessions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="fill">
      <PageHead title="Sessions" freshness={sessions.data?.pages[0]}>
        <input
          className="input"
          placeholder="Any user"
          aria-label="Only this user"
          value={params.get("user_id") ?? ""}
          onChange={(event) => change({ user_id: event.target.value })}
        />
        <input
          className="input"
          placeholder="Any project"
          aria-label="Only this project"
          value={params.get("project") ?? ""}
          onChange={(event) => change({ project: event.target.value })}
        />
      </PageHead>
      {sessions.isError && !sessions.data ? (
        <Failure error={sessions.error} retry={sessions.refetch} />
      ) : sessions.isPending ? (
        <Loading lines={12} />
      ) : rows.length === 0 ? (
        <Empty icon={MessagesSquare} title="No sessions">
          <p>
            Traces that carry the same <span className="mono">session_id</span> are one conversation
            and stand here together.
          </p>
        </Empty>
      ) : (
        <VirtualTable
          label="Sessions"
          columns={COLUMNS}
          rows={rows}
          rowKey={({ session_id: id }) => id}
          rowHref={({ session_id: id }) => `/sessions/${encodeURIComponent(id)}`}
          onEnd={onEnd}
        />
      )}
    </div>
  );
}
