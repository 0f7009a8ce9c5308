/** Spans that show something: each leads to itself in the waterfall. */
import { Link } from "react-router";
import { useUrlState, withChange } from "../../../app/useUrlState";
import type { SpanStore } from "../model/spanStore";

interface SpanLinkProps {
  store: SpanStore;
  spanId: string;
}

/** The span in the waterfall, by its name. */
export function SpanLink({ store, spanId }: SpanLinkProps) {
  const [params] = useUrlState();
  const place = store.placeOf(spanId);
  const name = store.names[place];
  // Of a run, the link stays with the run.
  const search = withChange(params, { span: store.ids[place] ?? spanId, view: null });
  return (
    <Link to={{ search: `?${search}` }} title={spanId}>
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
