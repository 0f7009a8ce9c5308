/** What a model was told that it had not been told the time before. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";
import { spanQuery } from "../../../api/queries";
import type { SpanView } from "../../../api/types";
import { textForm } from "../../../payload/recognise";
import { Button } from "../../../ui/Button";
import { Failure, Loading } from "../../../ui/Notice";
import { keyIn } from "../model/spanStore";
import { previousCall } from "../model/previousCall";
import type { Spans } from "../model/useSpans";

const TextDiff = lazy(async () => ({
  default: (await import("../../../payload/TextDiff")).TextDiff,
}));

export function CallDiff({ span, spans }: { span: SpanView; spans: Spans }) {
  const [shown, setShown] = useState(false);
  const before = previousCall(spans.store, keyIn(spans.store, span));
  if (before === undefined) return null;
  return (
    <div className="stack">
      <Button aria-expanded={shown} onClick={() => setShown(!shown)}>
        {shown ? "Hide" : "Show"} what changed since this agent&rsquo;s call before
      </Button>
      {shown && <Difference span={span} before={before} />}
    </div>
  );
}

function Difference({ span, before }: { span: SpanView; before: string }) {
  const query = useQuery(spanQuery(span.trace_id, before));
  if (query.isError) return <Failure error={query.error} retry={query.refetch} />;
  if (!query.data) return <Loading lines={3} />;
  return (
    <Suspense fallback={<Loading lines={3} />}>
      <TextDiff before={textForm(query.data.span.input_data)} after={textForm(span.input_data)} />
    </Suspense>
  );
}
