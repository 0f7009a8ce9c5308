/** Instants in the local zone, with the exact one on hover, and durations that grow. */
import { agoOf, clockOf, exactOf, millisOf, shortOf } from "../format/instant";
import { durationOf } from "../format/amount";
import { useNow } from "./useNow";

interface TimeProps {
  at: string;
  /** `ago` counts from now, `clock` shows the milliseconds, `short` day and time. */
  as?: "ago" | "clock" | "short";
}

export function Time({ at, as = "short" }: TimeProps) {
  return (
    <time dateTime={at} title={exactOf(at)}>
      {as === "ago" ? <Ago at={at} /> : (as === "clock" ? clockOf : shortOf)(millisOf(at))}
    </time>
  );
}

function Ago({ at }: { at: string }) {
  return agoOf(millisOf(at), useNow(10_000));
}

/** How long something took, or how long it has been running. */
export function Duration({
  millis,
  since,
}: {
  millis: number | null | undefined;
  since?: string | undefined;
}) {
  if (millis !== null && millis !== undefined) return durationOf(millis);
  return since === undefined ? <span className="quiet">–</span> : <Elapsed since={since} />;
}

function Elapsed({ since }: { since: string }) {
  const now = useNow(1000);
  return <span className="elapsed">{durationOf(Math.max(0, now - millisOf(since)))}</span>;
}
