/** The comparison itself, from what is known of both traces. */
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Tabs } from "radix-ui";
import { Suspense, lazy, useState } from "react";
import { Link } from "react-router";
import { LAST_GOOD, comparisonQuery } from "../../api/oracle";
import { tracePayloadsQuery } from "../../api/queries";
import type { TraceAnswer, TraceComparison } from "../../api/types";
import { textForm } from "../../payload/recognise";
import { StatusBadge } from "../../ui/Badge";
import { Failure, Loading } from "../../ui/Notice";
import { type Spans, useSpans } from "../trace/model/useSpans";
import { Waterfall } from "../trace/waterfall/Waterfall";
import { Differences } from "./Differences";
import { Figures } from "./Figures";
import { Groups } from "./Groups";
import "../trace/trace.css";

const TextDiff = lazy(async () => ({
  default: (await import("../../payload/TextDiff")).TextDiff,
}));

const quiet = () => undefined;

/** Two traces; `b` may be the word for the last good run, which the API finds. */
export function Comparison({ a, b }: { a: string; b: string }) {
  const told = useQuery(comparisonQuery(a, b));
  if (b !== LAST_GOOD) return <Both a={a} b={b} told={told} />;
  if (told.isError) return <Failure error={told.error} retry={told.refetch} />;
  if (!told.data) return <Loading lines={10} />;
  return <Both a={a} b={told.data.b.trace_id} told={told} />;
}

interface BothProps {
  a: string;
  b: string;
  told: UseQueryResult<TraceComparison>;
}

function Both({ a, b, told }: BothProps) {
  const traceA = useQuery(tracePayloadsQuery(a));
  const traceB = useQuery(tracePayloadsQuery(b));
  const spansA = useSpans({ traceId: a, traces: a }, quiet);
  const spansB = useSpans({ traceId: b, traces: b }, quiet);
  const failed = [traceA, traceB].find(({ isError, data }) => isError && !data);
  if (failed?.error) return <Failure error={failed.error} retry={failed.refetch} />;
  if (!traceA.data || !traceB.data || !spansA.complete || !spansB.complete) {
    return <Loading lines={10} />;
  }
  const two = { a: traceA.data, b: traceB.data };
  return (
    <Tabs.Root defaultValue="differences" className="fill">
      <Tabs.List className="tabs trace-tabs" aria-label="Ways to compare">
        {TABS.map(([value, name]) => (
          <Tabs.Trigger key={value} value={value} className="tab">
            {name}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content value="differences" className="view">
        {told.isError && <Failure error={told.error} retry={told.refetch} />}
        {told.isPending && <Loading lines={4} />}
        {told.data && <Differences told={told.data} />}
      </Tabs.Content>
      <Tabs.Content value="figures" className="view">
        <Figures {...two} />
        <Groups a={spansA} b={spansB} ordered={isOrdered(two.a) || isOrdered(two.b)} />
      </Tabs.Content>
      <Tabs.Content value="waterfalls" className="compare-two">
        <Half answer={two.a} spans={spansA} side="a" />
        <Half answer={two.b} spans={spansB} side="b" />
      </Tabs.Content>
      <Tabs.Content value="texts" className="view">
        <Suspense fallback={<Loading lines={4} />}>
          <Texts title="What was asked" a={two.a.trace.user_input} b={two.b.trace.user_input} />
          <Texts
            title="What came out"
            a={two.a.trace.final_output ?? two.a.trace.error?.message}
            b={two.b.trace.final_output ?? two.b.trace.error?.message}
          />
        </Suspense>
      </Tabs.Content>
    </Tabs.Root>
  );
}

const TABS = [
  ["differences", "What differs"],
  ["figures", "Figures and work"],
  ["waterfalls", "Waterfalls"],
  ["texts", "Input and output"],
] as const;

const isOrdered = ({ trace }: TraceAnswer) => trace.time_source === "order";

interface HalfProps {
  answer: TraceAnswer;
  spans: Spans;
  side: "a" | "b";
}

function Half({ answer, spans, side }: HalfProps) {
  const [selected, setSelected] = useState<string | null>(null);
  const { trace } = answer;
  return (
    <section className="fill compare-half" aria-label={`Trace ${side.toUpperCase()}`}>
      <header className="row compare-side" data-side={side}>
        <strong>{side.toUpperCase()}</strong>
        <Link
          className="clip"
          to={`/traces/${trace.trace_id}${selected ? `?span=${selected}` : ""}`}
        >
          {trace.name ?? trace.trace_id}
        </Link>
        <StatusBadge status={trace.status} stuck={trace.stuck} />
      </header>
      <Waterfall
        label={`Spans of ${side.toUpperCase()}`}
        store={spans.store}
        layout={spans.layout}
        ordered={isOrdered(answer)}
        selected={selected}
        onSelect={setSelected}
      />
    </section>
  );
}

function Texts({ title, a, b }: { title: string; a: unknown; b: unknown }) {
  return (
    <section className="stack">
      <h2>{title}</h2>
      {a == null && b == null ? (
        <p className="quiet">Neither of the two says.</p>
      ) : (
        <TextDiff before={textForm(a ?? "")} after={textForm(b ?? "")} />
      )}
    </section>
  );
}
