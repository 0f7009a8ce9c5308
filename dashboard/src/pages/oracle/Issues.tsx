/** What is wrong: how bad, since when, what shows it, and what to look at next. */
import { CircleCheck } from "lucide-react";
import { Link } from "react-router";
import type { Evidence, Issue } from "../../api/types";
import { Badge, SeverityBadge } from "../../ui/Badge";
import { Copy } from "../../ui/Copy";
import { Time } from "../../ui/Time";
import { callPath, nextAddress, evidenceAddress } from "./links";

export function Issues({ issues }: { issues: Issue[] }) {
  return (
    <section className="card" aria-label="Issues">
      <header>
        <h2>Issues</h2>
        <span className="quiet">{issues.length}</span>
      </header>
      {issues.length === 0 ? (
        <p className="oracle-none">
          <CircleCheck size={16} aria-hidden /> Nothing is wrong, as far as the sources tell.
        </p>
      ) : (
        <ul className="oracle-issues">
          {issues.map((issue) => (
            <OneIssue key={issue.id} issue={issue} />
          ))}
        </ul>
      )}
    </section>
  );
}

function OneIssue({ issue }: { issue: Issue }) {
  return (
    <li className="oracle-issue" data-severity={issue.severity}>
      <div className="row wrap">
        <SeverityBadge severity={issue.severity} />
        <span className="quiet">{words(issue.kind)}</span>
        {issue.unchecked && <Badge tone="warn">not checked</Badge>}
        <span className="grow" />
        <span className="quiet">
          since <Time at={issue.since} as="ago" />
        </span>
      </div>
      <p>
        <strong>{issue.summary}</strong>
      </p>
      {issue.evidence.length > 0 && (
        <ul className="oracle-evidence" aria-label="Evidence">
          {issue.evidence.map((piece) => (
            <li key={`${piece.kind} ${piece.id}`}>
              <Piece piece={piece} />
            </li>
          ))}
        </ul>
      )}
      <NextStep next={issue.next} />
    </li>
  );
}

/** `stuck_task` as people write it. */
export const words = (name: string): string => name.replaceAll("_", " ");

const SHOWN = 26;

/** The end of an id tells spans of one trace apart; the whole is in the title. */
function shortId({ kind, id }: Evidence): string {
  if (kind === "trace") return id.slice(0, 12);
  if (kind === "span" || kind === "handoff") return id.slice(id.indexOf("/") + 1);
  return id.length > SHOWN ? `${id.slice(0, SHOWN)}…` : id;
}

function Piece({ piece }: { piece: Evidence }) {
  const address = evidenceAddress(piece);
  const text = (
    <>
      {words(piece.kind)} <span className="mono">{shortId(piece)}</span>
    </>
  );
  return address ? (
    <Link to={address} title={piece.id}>
      {text}
    </Link>
  ) : (
    <Badge title={piece.id}>{text}</Badge>
  );
}

function NextStep({ next: { call, why, asks } }: { next: Issue["next"] }) {
  const page = asks && nextAddress(asks);
  const path = callPath(call);
  return (
    <div className="oracle-next">
      <span className="quiet">Next: {why}</span>
      <span className="row">
        {page && <Link to={page}>Look</Link>}
        {path ? (
          <a className="mono clip" href={path} target="_blank" rel="noreferrer" title={call}>
            {call}
          </a>
        ) : (
          <code className="mono clip" title={call}>
            {call}
          </code>
        )}
        <Copy text={call} what="call" />
      </span>
    </div>
  );
}
