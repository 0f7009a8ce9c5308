/** Events inside a span, and its links to other spans. */
import { Link } from "react-router";
import { JsonTree } from "../../../payload/JsonTree";

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : { value };
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function Events({ events }: { events: unknown[] }) {
  return events.map((event, at) => {
    const { name, ...rest } = fieldsOf(event);
    return (
      <section key={at} className="stack" style={{ gap: 4 }}>
        <h3>{text(name) || `Event ${at + 1}`}</h3>
        <JsonTree value={rest} />
      </section>
    );
  });
}

export function Links({ links }: { links: unknown[] }) {
  return links.map((link, at) => {
    const { trace_id: trace, span_id: span, ...rest } = fieldsOf(link);
    const to = `/traces/${text(trace)}?span=${text(span)}`;
    return (
      <section key={at} className="stack" style={{ gap: 4 }}>
        <h3>
          <Link to={to} className="mono">
            {text(trace).slice(0, 12)}… / {text(span)}
          </Link>
        </h3>
        {Object.keys(rest).length > 0 && <JsonTree value={rest} />}
      </section>
    );
  });
}
