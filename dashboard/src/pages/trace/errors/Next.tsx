/** What to ask next, and the page that answers it when there is one. */
import { Link } from "react-router";
import type { Next as Asked } from "../../../api/types";
import { nextAddress } from "../../oracle/links";

export function Next({ call, asks }: { call: string; asks: Asked | null | undefined }) {
  const page = asks && nextAddress(asks);
  return (
    <p className="next quiet">
      <span>
        Next: <code className="mono">{call}</code>
      </span>
      {page && <Link to={page}>Look</Link>}
    </p>
  );
}
