/** Everything that happened in a trace, line after line. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { spanKey, timelineQuery } from "../../../api/queries";
import type { TimelineEntry } from "../../../api/types";
import { durationOf } from "../../../format/amount";
import { millisOf } from "../../../format/instant";
import { Agent } from "../../../ui/Agent";
import { Badge, KindBadge, SeverityBadge, type Tone } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { Empty, Failure, Loading } from "../../../ui/Notice";
import { Time } from "../../../ui/Time";
import { VirtualList } from "../../../ui/VirtualList";
import type { ViewProps } from "../TracePage";
import "./timeline.css";

type Kind = TimelineEntry["kind"];

const KINDS: Record<Kind, { name: string; tone: Tone }> = {
  span_start: { name: "begin", tone: "busy" },
  span_end: { name: "end", tone: "chain" },
  event: { name: "event", tone: "retriever" },
  handoff: { name: "handoff", tone: "agent" },
  error: { name: "error", tone: "bad" },
};
const ALL = Object.keys(KINDS) as Kind[];

export function TimelineView({ answer, selected, select }: ViewProps) {
  const [hidden, setHidden] = useState<ReadonlySet<Kind>>(new Set());
  const timeline = useInfiniteQuery(timelineQuery(answer.trace.trace_id, answer.run?.follow));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = timeline;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const entries = useMemo(
    () =>
      (timeline.data?.pages ?? [])
        .flatMap((page) => page.items)
        .filter(({ kind }) => !hidden.has(kind)),
    [timeline.data, hidden],
  );
  if (timeline.isError && !timeline.data) {
    return <Failure error={timeline.error} retry={timeline.refetch} />;
  }
  if (!timeline.data) return <Loading lines={12} />;
  const toggle = (kind: Kind) => {
    const changed = new Set(hidden);
    if (!changed.delete(kind)) changed.add(kind);
    setHidden(changed);
  };
  return (
    <div className="fill">
      <div className="view-tools" role="group" aria-label="Lines that are shown">
        {ALL.map((kind) => (
          <Button key={kind} aria-pressed={!hidden.has(kind)} onClick={() => toggle(kind)}>
            {KINDS[kind].name}
          </Button>
        ))}
      </div>
      {entries.length === 0 && !hasNextPage ? (
        <Empty icon={ScrollText} title="No lines of these kinds" />
      ) : (
        <VirtualList
          label="Timeline"
          className="timeline"
          items={entries}
          itemKey={({ kind, id, trace_id }) => `${kind} ${spanKey(id, trace_id)}`}
          estimate={32}
          onEnd={onEnd}
          foot={isFetchingNextPage && <Loading lines={2} />}
          render={(entry) => (
            <Line
              entry={entry}
              origin={millisOf(answer.trace.start_time)}
              ordered={answer.trace.time_source === "order"}
              selected={selected !== null && keyOf(entry) === selected}
              select={select}
            />
          )}
        />
      )}
    </div>
  );
}

/** By what the span is known that a line is about. */
const keyOf = ({ span_id: id, trace_id: trace }: TimelineEntry) => id && spanKey(id, trace);

interface LineProps {
  entry: TimelineEntry;
  origin: number;
  ordered: boolean;
  selected: boolean;
  select: (spanId: string) => void;
}

function Line({ entry, origin, ordered, selected, select }: LineProps) {
  const { name, tone } = KINDS[entry.kind];
  const spanId = keyOf(entry);
  const after = durationOf(Math.max(0, millisOf(entry.time) - origin));
  return (
    <div className="timeline-line" data-kind-of={entry.kind} aria-current={selected || undefined}>
      {spanId && (
        <button
          className="whole"
          aria-label={`Open the span of: ${entry.name ?? name}`}
          onClick={() => select(spanId)}
        />
      )}
      {!ordered && (
        <span className="timeline-time number">
          <Time at={entry.time} as="clock" />
          <span className="quiet"> +{after}</span>
        </span>
      )}
      <Badge tone={entry.status === "FAILED" ? "bad" : tone}>{name}</Badge>
      <span className="timeline-text">
        <What entry={entry} />
      </span>
    </div>
  );
}

function What({ entry }: { entry: TimelineEntry }) {
  const { kind, agent, target_agent: target, name, message } = entry;
  if (kind === "handoff") {
    return (
      <>
        {agent && <Agent name={agent} />} → {target && <Agent name={target} />}
        {message && <span className="quiet clip timeline-message">{message}</span>}
      </>
    );
  }
  return (
    <>
      {entry.span_kind && <KindBadge kind={entry.span_kind} />}
      {entry.severity && entry.severity !== "info" && <SeverityBadge severity={entry.severity} />}
      {name && <strong className="clip">{name}</strong>}
      {agent && agent !== name && <Agent name={agent} />}
      {entry.duration_ms != null && <span className="quiet">{durationOf(entry.duration_ms)}</span>}
      {message && <span className="quiet clip timeline-message">{message}</span>}
    </>
  );
}
