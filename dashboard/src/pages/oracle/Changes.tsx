/** What changed, as a log: first what became of issues, then every value that is another. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Stretch, changesQuery } from "../../api/oracle";
import type { Change, HistoryEntry, TimelineItem } from "../../api/types";
import { countOf } from "../../format/amount";
import { Button } from "../../ui/Button";
import { Failure, Loading } from "../../ui/Notice";
import { Segments } from "../../ui/Segments";
import { Time } from "../../ui/Time";
import { placeOf } from "./moments";

const HOUR_MS = 3_600_000;

interface ChangesProps {
  snapshots: HistoryEntry[];
  at: string | undefined;
}

const BACK = [
  { value: "hour", text: "last hour" },
  { value: "day", text: "last day" },
] as const;
const THEN = [
  { value: "step", text: "just then" },
  { value: "since", text: "until now" },
] as const;

export function Changes({ snapshots, at }: ChangesProps) {
  const [back, setBack] = useState<(typeof BACK)[number]["value"]>("hour");
  const [then, setThen] = useState<(typeof THEN)[number]["value"]>("step");
  const stretch: Stretch =
    at === undefined
      ? { backMs: back === "hour" ? HOUR_MS : 24 * HOUR_MS }
      : then === "step"
        ? { from: before(snapshots, at), to: at }
        : { from: at };
  return (
    <section className="card" aria-label="What changed">
      <header>
        <h2>What changed</h2>
        <span className="grow" />
        {at === undefined ? (
          <Segments label="Since when" value={back} choices={BACK} onChange={setBack} />
        ) : (
          <Segments label="Until when" value={then} choices={THEN} onChange={setThen} />
        )}
      </header>
      <Log stretch={stretch} />
    </section>
  );
}

/** The snapshot before the one that held; itself when there is none before. */
function before(snapshots: HistoryEntry[], at: string): string {
  const place = placeOf(snapshots, at);
  return snapshots[Math.max(0, place - 1)]?.taken_at ?? at;
}

const FEW = 60;

function Log({ stretch }: { stretch: Stretch }) {
  const [all, setAll] = useState(false);
  const report = useQuery(changesQuery(stretch));
  if (report.isError) return <Failure error={report.error} retry={report.refetch} />;
  if (!report.data) return <Loading lines={4} />;
  const { changes, issues, omitted, from, to } = report.data;
  const shown = all ? changes : changes.slice(0, FEW);
  return (
    <>
      <p className="oracle-none quiet">
        <Time at={from} /> to <Time at={to} />
        {changes.length + issues.length === 0 && ": nothing changed"}
      </p>
      <div className="oracle-log" tabIndex={0} role="region" aria-label="Log of changes">
        <ul>
          {issues.map((item) => (
            <IssueLine key={`${item.at} ${item.issue.id}`} item={item} />
          ))}
          {shown.map((change) => (
            <ChangeLine key={change.path} change={change} />
          ))}
        </ul>
      </div>
      {changes.length > shown.length && (
        <p className="oracle-none">
          <Button onClick={() => setAll(true)}>Show all {countOf(changes.length)}</Button>
        </p>
      )}
      {omitted > 0 && <p className="oracle-none quiet">and {countOf(omitted)} more changes</p>}
    </>
  );
}

function IssueLine({ item: { at, change, issue } }: { item: TimelineItem }) {
  return (
    <li data-change={change === "resolved" ? "removed" : "issue"}>
      <span className="sign">!</span>
      <span>
        <Time at={at} as="clock" /> {change} {issue.severity}: {issue.summary}
      </span>
    </li>
  );
}

const SIGN: Record<Change["change"], string> = { added: "+", removed: "−", changed: "~" };

function ChangeLine({ change: { path, change, before, after } }: { change: Change }) {
  return (
    <li data-change={change}>
      <span className="sign" role="img" aria-label={change}>
        {SIGN[change]}
      </span>
      <span>
        <strong>{path}</strong>{" "}
        {change === "changed"
          ? `${shortly(before)} → ${shortly(after)}`
          : shortly(change === "added" ? after : before)}
      </span>
    </li>
  );
}

const MOST_SIGNS = 160;

/** A value on one line. */
function shortly(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
  return text.length > MOST_SIGNS ? `${text.slice(0, MOST_SIGNS)}…` : text;
}
