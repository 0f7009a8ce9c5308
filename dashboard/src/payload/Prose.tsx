/** Text for reading: Markdown where it has its marks, long ones cut with a way to the rest. */
import { Suspense, lazy, useState } from "react";
import { countOf } from "../format/amount";
import { looksLikeMarkdown } from "./recognise";

const Markdown = lazy(async () => ({ default: (await import("./Markdown")).Markdown }));

const SHORT = 3000;
/** Beyond this Markdown takes longer than it helps. */
const LONGEST_MARKDOWN = 60_000;

export function Prose({ text, short = SHORT }: { text: string; short?: number }) {
  const [whole, setWhole] = useState(false);
  const cut = !whole && text.length > short * 1.2;
  const shown = cut ? text.slice(0, short) : text;
  const marked = shown.length < LONGEST_MARKDOWN && looksLikeMarkdown(shown);
  const plain = <div className="prose-plain">{shown}</div>;
  return (
    <div className="prose">
      {marked ? (
        <Suspense fallback={plain}>
          <Markdown text={shown} />
        </Suspense>
      ) : (
        plain
      )}
      {cut && (
        <button className="more" onClick={() => setWhole(true)}>
          Show all {countOf(text.length)} characters
        </button>
      )}
    </div>
  );
}
