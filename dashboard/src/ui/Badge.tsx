/** Small coloured words: how far something is, what it is, how bad it is. */
import type { ReactNode } from "react";
import type { Severity, SpanKind, Status } from "../api/types";

export type Tone =
  "good" | "bad" | "warn" | "busy" | "agent" | "llm" | "tool" | "retriever" | "chain";

interface BadgeProps {
  tone?: Tone;
  title?: string;
  children: ReactNode;
}

export function Badge({ tone, title, children }: BadgeProps) {
  return (
    <span className="badge" data-tone={tone} title={title}>
      {children}
    </span>
  );
}

const STATUS: Record<Status, { tone: Tone; word: string }> = {
  RUNNING: { tone: "busy", word: "running" },
  COMPLETED: { tone: "good", word: "completed" },
  FAILED: { tone: "bad", word: "failed" },
};

/** How far a span or trace is; one that runs in silence is stuck. */
export function StatusBadge({ status, stuck = false }: { status: Status; stuck?: boolean }) {
  const { tone, word } = stuck ? { tone: "warn" as const, word: "stuck" } : STATUS[status];
  const beats = status === "RUNNING" && !stuck ? "" : undefined;
  return (
    <Badge tone={tone}>
      <span className="dot" data-beats={beats} />
      {word}
    </Badge>
  );
}

export const KIND_TONE: Record<SpanKind, Tone> = {
  AGENT: "agent",
  LLM: "llm",
  TOOL: "tool",
  RETRIEVER: "retriever",
  CHAIN: "chain",
};

export function KindBadge({ kind }: { kind: SpanKind }) {
  return <Badge tone={KIND_TONE[kind]}>{kind === "LLM" ? kind : kind.toLowerCase()}</Badge>;
}

const SEVERITY: Record<Severity, Tone> = {
  debug: "chain",
  info: "busy",
  warning: "warn",
  error: "bad",
  critical: "bad",
};

export function SeverityBadge({ severity }: { severity: Severity }) {
  return <Badge tone={SEVERITY[severity]}>{severity}</Badge>;
}
