/** All traces, newest first, with every filter in the address. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ListTree, RefreshCw } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import { PageHead } from "../../app/PageHead";
import { useUrlState } from "../../app/useUrlState";
import { tracesQuery } from "../../api/queries";
import type { TraceSummary } from "../../api/types";
import type { LiveFilter } from "../../live/socket";
import { useLive } from "../../live/useLive";
import { IconButton } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Notice";
import { useNow } from "../../ui/useNow";
import { VirtualTable } from "../../ui/VirtualTable";
import { ColumnMenu } from "./ColumnMenu";
import { COLUMNS } from "./columns";
import { FilterBar } from "./FilterBar";
import { FirstTrace } from "./FirstTrace";
import { filterOf } from "./filter";
import { useHiddenColumns } from "./useColumns";
import "./traces.css";

/** Further down the list nothing moves by itself. */
const PAGES_THAT_REFRESH = 2;
const REFRESH_MS = 5000;
/** A live record is this much ahead of the store, at most and as a rule. */
const STORE_MS = 400;
const MINUTE_MS = 60_000;

export function TracesPage() {
  const [params, change] = useUrlState();
  const [hidden, show] = useHiddenColumns();
  const minute = useNow(MINUTE_MS);
  const filter = useMemo(() => filterOf(params, minute), [params, minute]);
  const traces = useInfiniteQuery({
    ...tracesQuery(filter),
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 0) <= PAGES_THAT_REFRESH && REFRESH_MS,
  });
  useRefreshWhenSomethingHappens(traces.refetch, traces.data?.pages.length ?? 0);
  const rows = useMemo(() => distinct(traces.data?.pages.flatMap((page) => page.items)), [traces]);
  const columns = COLUMNS.filter(({ id }) => !hidden.has(id));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = traces;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <div className="fill">
      <PageHead title="Traces" freshness={traces.data?.pages[0]}>
        <IconButton
          label="Refresh"
          icon={<RefreshCw size={15} />}
          onClick={() => void traces.refetch()}
        />
        <ColumnMenu hidden={hidden} onShow={show} />
      </PageHead>
      <FilterBar params={params} onChange={change} />
      {traces.isError && rows.length === 0 ? (
        <Failure error={traces.error} retry={traces.refetch} />
      ) : traces.isPending ? (
        <Loading lines={12} />
      ) : rows.length === 0 ? (
        <NoTraces filtered={Object.keys(filter).length > 0} />
      ) : (
        <VirtualTable
          label="Traces"
          columns={columns}
          rows={rows}
          rowKey={(trace) => trace.trace_id}
          rowHref={(trace) => `/traces/${trace.trace_id}${trace.run ? "?follow=links" : ""}`}
          onEnd={onEnd}
          foot={isFetchingNextPage && <Loading lines={2} />}
        />
      )}
    </div>
  );
}

/** A trace that moved between two pages stands in both. */
function distinct(traces: TraceSummary[] = []): TraceSummary[] {
  return [...new Map(traces.map((trace) => [trace.trace_id, trace])).values()];
}

function useRefreshWhenSomethingHappens(refetch: () => unknown, pages: number) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLive(LIVE, {
    onFrame: ({ type }) => {
      if (type !== "record" || timer.current !== undefined || pages > PAGES_THAT_REFRESH) return;
      timer.current = setTimeout(() => {
        timer.current = undefined;
        refetch();
      }, STORE_MS);
    },
  });
}

const LIVE: LiveFilter = { kinds: ["trace"] };

function NoTraces({ filtered }: { filtered: boolean }) {
  if (!filtered) return <FirstTrace />;
  return (
    <Empty icon={ListTree} title="No trace is like that">
      <p>Take away a filter, or widen the range of time.</p>
    </Empty>
  );
}
