/** The head of a page: its name, how fresh it is, and what can be done. */
import type { ReactNode } from "react";
import type { Freshness } from "../api/types";
import { durationOf, plural } from "../format/amount";
import { Badge } from "../ui/Badge";
import { useTitle } from "../ui/useTitle";

interface PageHeadProps {
  title: string;
  children?: ReactNode;
  freshness?: Freshness | undefined;
}

export function PageHead({ title, freshness, children }: PageHeadProps) {
  useTitle(title);
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {freshness && <Lag freshness={freshness} />}
      <span className="grow" />
      {children}
    </div>
  );
}

/** Below this the answer is as good as current. */
const NOTICEABLE_S = 2;

/** Says so when answers are behind what has happened. */
function Lag({ freshness: { lag, lag_reason: reason } }: { freshness: Freshness }) {
  if (!lag) {
    return reason ? <Badge tone="warn">freshness unknown: {reason}</Badge> : null;
  }
  if (lag.seconds < NOTICEABLE_S) return null;
  const waiting = plural(lag.records, "record");
  return (
    <Badge tone="warn">
      {durationOf(lag.seconds * 1000)} behind, {waiting} waiting
    </Badge>
  );
}
