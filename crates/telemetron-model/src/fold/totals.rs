//! The sums of a trace, moved by the difference between old and new facts of a span.

use super::SpanFacts;
use crate::cost::NanoUsd;
use crate::record::{SpanKind, Status, TokenUsage};

/// What a trace adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Spans.
    pub spans: i64,
    /// Spans that run.
    pub running: i64,
    /// Spans that failed.
    pub failed: i64,
    /// LLM calls, with and without spans of their own.
    pub llm_calls: i64,
    /// Tool calls, with and without spans of their own.
    pub tool_calls: i64,
    /// Tokens, each counted once.
    pub usage: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost: NanoUsd,
}

impl Totals {
    /// What one span contributes; `counts` says whether it does as a call ([`super::calls`]).
    pub fn of(facts: &SpanFacts, counts: bool) -> Self {
        let calls = |kind| facts.calls.iter().filter(move |call| call.kind == kind);
        let one = |yes: bool| i64::from(yes);
        let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let (usage, cost) = if counts {
            counted(facts)
        } else {
            Default::default()
        };
        Self {
            spans: 1,
            running: one(facts.status == Status::Running),
            failed: one(facts.status == Status::Failed),
            llm_calls: one(counts && facts.kind == SpanKind::Llm)
                + if is_repeated(facts, counts) {
                    0
                } else {
                    length(calls(SpanKind::Llm).count())
                },
            tool_calls: one(counts && facts.kind == SpanKind::Tool)
                + length(calls(SpanKind::Tool).count()),
            usage,
            cost,
        }
    }

    /// Adds what a span contributes now.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, 1);
    }

    /// Takes away what a span contributed before.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, -1);
    }

    fn combine(&mut self, other: &Self, sign: i64) {
        self.spans += sign * other.spans;
        self.running += sign * other.running;
        self.failed += sign * other.failed;
        self.llm_calls += sign * other.llm_calls;
        self.tool_calls += sign * other.tool_calls;
        if sign > 0 {
            self.usage += other.usage;
            self.cost += other.cost;
        } else {
            self.usage = self.usage - other.usage;
            self.cost = self.cost - other.cost;
        }
    }
}

/// Whether calls of models without spans of their own are told by spans after all: those of an agent
/// that tells what they add up to.
pub(super) fn is_repeated(facts: &SpanFacts, counts: bool) -> bool {
    facts.kind == SpanKind::Agent && !counts
}

/// Tokens and cost that count: an LLM span's own, else those of its embedded calls.
///
/// An LLM span that carries tokens covers its embedded calls as an ancestor covers spans.
pub(super) fn counted(facts: &SpanFacts) -> (TokenUsage, NanoUsd) {
    if facts.kind == SpanKind::Llm && (facts.carries_tokens() || facts.calls.is_empty()) {
        return (facts.usage, facts.cost);
    }
    let mut usage = TokenUsage::default();
    facts.calls.iter().for_each(|call| usage += call.usage);
    (usage, facts.calls.iter().map(|call| call.cost).sum())
}
