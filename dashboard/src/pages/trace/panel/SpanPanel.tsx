/** One span whole, beside whichever view it was chosen in. */
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { Tabs } from "radix-ui";
import { useEffect } from "react";
import { ApiError } from "../../../api/client";
import { spanIdOf, spanQuery } from "../../../api/queries";
import type { SpanAnswer } from "../../../api/types";
import { JsonTree } from "../../../payload/JsonTree";
import { KindBadge, StatusBadge } from "../../../ui/Badge";
import { IconButton } from "../../../ui/Button";
import { Copy } from "../../../ui/Copy";
import { Failure, Loading } from "../../../ui/Notice";
import type { Spans } from "../model/useSpans";
import { Content } from "./Content";
import { Events, Links } from "./Notes";
import { Grip, usePanelWidth } from "./Grip";
import { SpanFacts } from "./SpanFacts";

interface SpanPanelProps {
  traceId: string;
  spanId: string;
  spans: Spans;
  onClose: () => void;
  onSelect: (spanId: string) => void;
}

/** A span that the stream has told of may not be stored yet. */
const ARRIVING_TRIES = 4;
const ARRIVING_MS = 400;

export function SpanPanel({ traceId, spanId, spans, onClose, onSelect }: SpanPanelProps) {
  const span = useQuery({
    ...spanQuery(traceId, spanId),
    retry: (tried, error) =>
      error instanceof ApiError && error.status !== 400 && tried < ARRIVING_TRIES,
    retryDelay: ARRIVING_MS,
  });
  const [width, setWidth] = usePanelWidth();
  useCloseOnEscape(onClose);
  const place = spans.store.placeOf(spanId);
  const name = span.data?.span.name ?? (place >= 0 ? spans.store.names[place] : undefined) ?? "…";
  const style = width ? ({ "--panel": `${width}px` } as React.CSSProperties) : undefined;
  return (
    <aside className="panel" aria-label="Span" style={style}>
      <Grip width={width} onWidth={setWidth} />
      <header className="panel-head">
        <div className="row">
          {span.data && <KindBadge kind={span.data.span.span_kind} />}
          <h2 className="clip" title={name}>
            {name}
          </h2>
          {span.data && <StatusBadge status={span.data.span.status} />}
          <span className="grow" />
          <Copy text={spanIdOf(spanId)} what="span id" />
          <IconButton label="Close (Esc)" icon={<X size={16} />} onClick={onClose} />
        </div>
      </header>
      {span.data ? (
        <Body answer={span.data} spans={spans} onSelect={onSelect} />
      ) : span.isError ? (
        <Failure error={span.error} retry={span.refetch} />
      ) : (
        <Loading lines={6} />
      )}
    </aside>
  );
}

interface BodyProps {
  answer: SpanAnswer;
  spans: Spans;
  onSelect: (spanId: string) => void;
}

function Body({ answer, spans, onSelect }: BodyProps) {
  const { span } = answer;
  const events = listOf(span.events);
  const links = listOf(span.links);
  const attributes = Object.keys((span.attributes as object | null | undefined) ?? {}).length;
  return (
    <Tabs.Root defaultValue="content" className="fill">
      <Tabs.List className="tabs" aria-label="Parts of the span" style={{ padding: "0 10px" }}>
        <Tab value="content" name="Content" />
        <Tab value="attributes" name="Attributes" count={attributes} />
        {events.length > 0 && <Tab value="events" name="Events" count={events.length} />}
        {links.length > 0 && <Tab value="links" name="Links" count={links.length} />}
        <Tab value="raw" name="Raw" />
      </Tabs.List>
      <Tabs.Content value="content" className="panel-body">
        <SpanFacts span={span} spans={spans} onSelect={onSelect} />
        <Content answer={answer} spans={spans} />
      </Tabs.Content>
      <Tabs.Content value="attributes" className="panel-body">
        {attributes > 0 ? (
          <JsonTree value={span.attributes} />
        ) : (
          <p className="quiet">This span has no attributes of its own.</p>
        )}
      </Tabs.Content>
      <Tabs.Content value="events" className="panel-body">
        <Events events={events} />
      </Tabs.Content>
      <Tabs.Content value="links" className="panel-body">
        <Links links={links} />
      </Tabs.Content>
      <Tabs.Content value="raw" className="panel-body">
        <div className="row">
          <span className="grow quiet">As the API gives it</span>
          <Copy text={() => JSON.stringify(answer, null, 2)} what="JSON" />
        </div>
        <JsonTree value={answer} />
      </Tabs.Content>
    </Tabs.Root>
  );
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function Tab({ value, name, count }: { value: string; name: string; count?: number }) {
  return (
    <Tabs.Trigger className="tab" value={value}>
      {name}
      {count ? <span className="tab-count">{count}</span> : null}
    </Tabs.Trigger>
  );
}

function useCloseOnEscape(onClose: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const dialog = document.querySelector("[role=dialog], [role=menu]");
      if (event.key === "Escape" && !dialog) onClose();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onClose]);
}
