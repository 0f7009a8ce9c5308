/** Spans that show something: each leads to itself in the waterfall. */
import { Link } from "react-router";
import type { SpanStore } from "../model/spanStore";

interface SpanLinkProps {
  store: SpanStore;
  spanId: string;
}

/** The span in the waterfall, by its name. */
export function SpanLink({ store, spanId }: SpanLinkProps) {
  const name = store.names[store.placeOf(spanId)];
  return (
    <Link to={{ search: `?span=${spanId}` }} title={spanId}>
      {name ?? <span className="mono">{spanId}</span>}
    </Link>
  );
}

export function SpanLinks({ store, spanIds }: { store: SpanStore; spanIds: string[] }) {
  if (spanIds.length === 0) return null;
  return (
    <ul className="span-links" aria-label="Evidence">
      {spanIds.map((spanId) => (
        <li key={spanId}>
          <SpanLink store={store} spanId={spanId} />
        </li>
      ))}
    </ul>
  );
}
