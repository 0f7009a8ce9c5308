/** Why a trace failed: likely causes in order, the way of the error, and what was found. */
import { GitCompareArrows } from "lucide-react";
import { Link } from "react-router";
import { LAST_GOOD } from "../../../api/oracle";
import type { Cause, ChainLink, Diagnosis as Told, Finding } from "../../../api/types";
import { plural } from "../../../format/amount";
import { Agent } from "../../../ui/Agent";
import { Badge, type Tone } from "../../../ui/Badge";
import type { SpanStore } from "../model/spanStore";
import { CriticalPath } from "./CriticalPath";
import { Next } from "./Next";
import { SpanLink, SpanLinks } from "./SpanLinks";
import "./diagnosis.css";

interface DiagnosisProps {
  told: Told;
  store: SpanStore;
}

export function Diagnosis({ told, store }: DiagnosisProps) {
  return (
    <>
      <section className="stack" aria-label="Diagnosis">
        <div className="row wrap">
          <h2>Diagnosis</h2>
          {told.is_hypothesis && (
            <Badge tone="warn" title="No span says that anything failed">
              a guess from structure and words
            </Badge>
          )}
          <span className="grow" />
          <Link className="button" to={`/compare?a=${told.trace_id}&b=${LAST_GOOD}`}>
            <GitCompareArrows size={14} /> Compare with the last good run
          </Link>
        </div>
        <p>{told.verdict}</p>
        <ol className="causes" aria-label="Likely causes">
          {told.causes.map((cause) => (
            <LikelyCause key={cause.rank} cause={cause} store={store} />
          ))}
        </ol>
      </section>
      {told.chain.length > 0 && <Chain chain={told.chain} store={store} />}
      {told.findings.length > 0 && <Findings findings={told.findings} store={store} />}
      {told.critical_path && <CriticalPath path={told.critical_path} store={store} />}
      <LeftOut told={told} />
    </>
  );
}

const SURE: Record<Cause["confidence"], Tone> = {
  certain: "bad",
  likely: "warn",
  possible: "busy",
  guess: "chain",
};
const words = (name: string) => name.replaceAll("_", " ");

function LikelyCause({ cause, store }: { cause: Cause; store: SpanStore }) {
  const { rank, confidence, kind, agent, step, span_id: spanId, evidence } = cause;
  const spans = [...new Set(spanId ? [spanId, ...evidence] : evidence)];
  return (
    <li className="cause card">
      <div className="row wrap">
        <strong className="cause-rank">{rank}</strong>
        <Badge tone={SURE[confidence]}>{confidence}</Badge>
        <span className="quiet">{words(kind)}</span>
        {agent && <Agent name={agent} />}
        {step != null && <span className="quiet">step {step}</span>}
      </div>
      <p>{cause.sentence}</p>
      <SpanLinks store={store} spanIds={spans} />
      <Next call={cause.next} asks={cause.asks} />
    </li>
  );
}

const FATE: Record<ChainLink["fate"], { text: string; tone: Tone }> = {
  began: { text: "began here", tone: "bad" },
  passed_on: { text: "passed on", tone: "warn" },
  retried: { text: "tried again", tone: "good" },
  swallowed: { text: "ended here", tone: "good" },
  surfaced: { text: "came out", tone: "bad" },
};

function Chain({ chain, store }: { chain: ChainLink[]; store: SpanStore }) {
  return (
    <section className="card">
      <header>
        <h2>The way of the error</h2>
      </header>
      <ol className="chain" aria-label="The way of the error">
        {chain.map((link) => (
          <li key={link.span_id}>
            <Badge tone={FATE[link.fate].tone}>{FATE[link.fate].text}</Badge>
            <SpanLink store={store} spanId={link.span_id} />
            {link.agent && <Agent name={link.agent} />}
            {link.error && <span className="quiet">{link.error}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Findings({ findings, store }: { findings: Finding[]; store: SpanStore }) {
  return (
    <section className="card">
      <header>
        <h2>What was found</h2>
        <span className="quiet">{findings.length}</span>
      </header>
      <ul className="findings">
        {findings.map((finding) => (
          <li key={`${finding.kind} ${finding.sentence}`}>
            <span className="row wrap">
              <Badge>{words(finding.kind)}</Badge>
              {finding.mode && <span className="mono quiet">{finding.mode}</span>}
            </span>
            <p>{finding.sentence}</p>
            <SpanLinks store={store} spanIds={finding.evidence} />
            <Next call={finding.next} asks={finding.asks} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was not looked at, and what there was no room for. */
function LeftOut({ told: { limits, omitted } }: { told: Told }) {
  const counts: [number, string][] = [
    [omitted.causes, "cause"],
    [omitted.findings, "finding"],
    [omitted.chain, "span"],
    [omitted.path_parts, "part"],
  ];
  const left = counts.filter(([count]) => count > 0).map(([count, noun]) => plural(count, noun));
  if (limits.length === 0 && left.length === 0) return null;
  return (
    <ul className="quiet limits">
      {limits.map((limit) => (
        <li key={limit}>{limit}</li>
      ))}
      {left.length > 0 && <li>Left out: {left.join(", ")}</li>}
    </ul>
  );
}
