/** Two traces side by side: what they did, what it cost, what came out. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowLeftRight, GitCompareArrows } from "lucide-react";
import { traceIdIn } from "../../app/JumpBox";
import { PageHead } from "../../app/PageHead";
import { useUrlState } from "../../app/useUrlState";
import { LAST_GOOD } from "../../api/oracle";
import { tracesQuery } from "../../api/queries";
import { shortOf, millisOf } from "../../format/instant";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Notice";
import { Comparison } from "./Comparison";
import "./compare.css";

const RECENT = 50;
const NO_FILTER = {};

export function ComparePage() {
  const [params, change] = useUrlState();
  const [a, b] = [params.get("a") ?? "", params.get("b") ?? ""];
  const [idA, idB] = [traceIdIn(a), b === LAST_GOOD ? b : traceIdIn(b)];
  const recent = useInfiniteQuery(tracesQuery(NO_FILTER, RECENT));
  return (
    <div className="fill">
      <PageHead title="Compare" />
      <div className="compare-pick">
        <Pick side="a" value={a} onPick={(id) => change({ a: id })} />
        <Button
          aria-label="Swap the two"
          disabled={b === LAST_GOOD}
          onClick={() => change({ a: b, b: a })}
        >
          <ArrowLeftRight size={15} />
        </Button>
        <Pick side="b" value={b} onPick={(id) => change({ b: id })} />
        <Button aria-pressed={b === LAST_GOOD} onClick={() => change({ b: LAST_GOOD })}>
          Last good
        </Button>
        <datalist id="recent-traces">
          {recent.data?.pages[0]?.items.map((trace) => (
            <option key={trace.trace_id} value={trace.trace_id}>
              {trace.name} · {trace.status.toLowerCase()} · {shortOf(millisOf(trace.start_time))}
            </option>
          ))}
        </datalist>
      </div>
      {idA && idB ? (
        <Comparison key={`${idA} ${idB}`} a={idA} b={idB} />
      ) : (
        <Empty icon={GitCompareArrows} title="Choose two traces">
          <p>
            Take one that did not go well, and one that did or the last good run before it: what
            differs between them is where to look first. Recent ones are offered as you type; a
            trace&rsquo;s page has a button that leads here.
          </p>
        </Empty>
      )}
    </div>
  );
}

interface PickProps {
  side: "a" | "b";
  value: string;
  onPick: (id: string) => void;
}

function Pick({ side, value, onPick }: PickProps) {
  const meant = traceIdIn(value) ?? (side === "b" && value === LAST_GOOD ? value : undefined);
  const wrong = value !== "" && meant === undefined;
  return (
    <label className="compare-side" data-side={side}>
      <strong>{side.toUpperCase()}</strong>
      <input
        className="input mono"
        list="recent-traces"
        value={value}
        placeholder="Trace id"
        aria-label={`Trace ${side.toUpperCase()}`}
        aria-invalid={wrong}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onPick(event.target.value)}
      />
    </label>
  );
}
