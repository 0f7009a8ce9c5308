/** Two texts, line by line: what left, what came. Long stretches without change are folded. */
import { diffLines } from "diff";
import { useMemo } from "react";
import { plural } from "../format/amount";

/** Lines that stay in sight around a change. */
const AROUND = 3;
/** A diff takes time with the square of what changed. */
const LONGEST = 200_000;

export function TextDiff({ before, after }: { before: string; after: string }) {
  const parts = useMemo(
    () => diffLines(before.slice(0, LONGEST), after.slice(0, LONGEST)),
    [before, after],
  );
  if (before === after) return <p className="quiet">Nothing changed.</p>;
  const cut = Math.max(before.length, after.length) > LONGEST;
  return (
    <>
      {cut && <p className="quiet">Only the first {LONGEST} characters are compared.</p>}
      <pre className="diff">
        {parts.map((part, at) =>
          part.added ? (
            <ins key={at}>{part.value}</ins>
          ) : part.removed ? (
            <del key={at}>{part.value}</del>
          ) : (
            <Same key={at} text={part.value} />
          ),
        )}
      </pre>
    </>
  );
}

function Same({ text }: { text: string }) {
  const lines = text.split("\n");
  const folded = lines.length - 2 * AROUND;
  if (folded < AROUND) return <span>{text}</span>;
  return (
    <span>
      {lines.slice(0, AROUND).join("\n")}
      <span className="diff-fold">{`\n… ${plural(folded, "line")} alike …\n`}</span>
      {lines.slice(-AROUND).join("\n")}
    </span>
  );
}
