/** What to ask next, and the page that answers it when there is one. */
import { Link } from "react-router";
import { callAddress } from "../../oracle/links";

export function Next({ call }: { call: string }) {
  const page = callAddress(call);
  return (
    <p className="next quiet">
      <span>
        Next: <code className="mono">{call}</code>
      </span>
      {page && <Link to={page}>Look</Link>}
    </p>
  );
}
