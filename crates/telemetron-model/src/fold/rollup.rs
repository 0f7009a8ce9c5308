//! Sums per minute: what metrics over long ranges are read from.

use std::collections::BTreeMap;

use super::totals::{counted, is_repeated};
use super::{Histogram, SpanFacts};
use crate::cost::NanoUsd;
use crate::record::{SpanKind, Status, TokenUsage};
use crate::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// What a roll-up row counts.
    pub enum RollupKind {
        /// Whole traces.
        Trace = 0 => "TRACE",
        /// Agent spans.
        Agent = 1 => "AGENT",
        /// LLM calls.
        Llm = 2 => "LLM",
        /// Tool calls.
        Tool = 3 => "TOOL",
        /// Retrievals.
        Retriever = 4 => "RETRIEVER",
        /// Other spans.
        Chain = 5 => "CHAIN",
    }
}

impl From<SpanKind> for RollupKind {
    fn from(kind: SpanKind) -> Self {
        match kind {
            SpanKind::Agent => Self::Agent,
            SpanKind::Llm => Self::Llm,
            SpanKind::Tool => Self::Tool,
            SpanKind::Retriever => Self::Retriever,
            SpanKind::Chain => Self::Chain,
        }
    }
}

/// Longest duration that is summed: two weeks. A clock that is centuries off overflows no sum.
const MAX_DURATION_US: i64 = 14 * 24 * 3_600 * 1_000_000;

/// Longest name in a key, in bytes; longer ones are cut, since the keys are indexed.
const MAX_KEY_BYTES: usize = 200;

/// What is counted together. The empty text stands for "none".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollupKey {
    /// Minutes since the epoch of the start.
    pub minute: i64,
    /// What is counted.
    pub kind: RollupKind,
    /// The project.
    pub project: String,
    /// The agent at work.
    pub agent: String,
    /// The model.
    pub model: String,
    /// The tool.
    pub tool: String,
}

/// The sums under one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    /// Begun.
    pub started: i64,
    /// Ended.
    pub finished: i64,
    /// Ended with a failure.
    pub failed: i64,
    /// Sum of the durations in whole microseconds, each at most two weeks.
    pub duration_us: i64,
    /// The durations.
    pub durations: Histogram,
    /// Tokens, each counted once.
    pub usage: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost: NanoUsd,
}

/// Differences of many keys, in key order: the order in which rows are locked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rollup {
    rows: BTreeMap<RollupKey, Measures>,
}

impl Rollup {
    /// Adds what a span contributes (`sign` 1), or takes it away (−1).
    pub fn span(&mut self, facts: &SpanFacts, counts: bool, sign: i64) {
        let key = |kind: RollupKind, model: Option<&str>, tool: Option<&str>| {
            let text = |value: Option<&str>| key_text(value.unwrap_or_default());
            RollupKey {
                minute: facts.start.minute(),
                kind,
                project: text(facts.project.as_deref()),
                agent: text(facts.acting()),
                model: text(model),
                tool: text(tool),
            }
        };
        let own = facts.kind == SpanKind::Llm
            && counts
            && (facts.carries_tokens() || facts.calls.is_empty());
        let (usage, cost) = if own {
            counted(facts)
        } else {
            Default::default()
        };
        let measured = Measured {
            status: facts.status,
            duration_ns: facts.duration_ns(),
            usage,
            cost,
        };
        // A call that another span tells better is a step on the way to it.
        let is_call = matches!(facts.kind, SpanKind::Llm | SpanKind::Tool);
        let kind = if is_call && !counts {
            SpanKind::Chain
        } else {
            facts.kind
        };
        self.add(
            key(kind.into(), facts.model.as_deref(), facts.tool.as_deref()),
            &measured,
            sign,
        );
        for call in &facts.calls {
            let llm = call.kind == SpanKind::Llm;
            if llm && is_repeated(facts, counts) {
                continue;
            }
            let (usage, cost) = if llm && counts && !own {
                (call.usage, call.cost)
            } else {
                Default::default()
            };
            let status = if call.failed {
                Status::Failed
            } else {
                Status::Completed
            };
            let measured = Measured {
                status,
                duration_ns: call.duration_ns,
                usage,
                cost,
            };
            let name = Some(call.name.as_str());
            let key = if llm {
                key(RollupKind::Llm, name, None)
            } else {
                key(RollupKind::Tool, None, name)
            };
            self.add(key, &measured, sign);
        }
    }

    /// Adds a trace as it stands (`sign` 1), or takes away how it stood (−1).
    pub fn trace(
        &mut self,
        start: Timestamp,
        project: &str,
        agent: &str,
        status: Status,
        duration_ns: Option<i64>,
        sign: i64,
    ) {
        let key = RollupKey {
            minute: start.minute(),
            kind: RollupKind::Trace,
            project: key_text(project),
            agent: key_text(agent),
            model: String::new(),
            tool: String::new(),
        };
        let measured = Measured {
            status,
            duration_ns,
            usage: TokenUsage::default(),
            cost: NanoUsd::default(),
        };
        self.add(key, &measured, sign);
    }

    /// The rows that changed anything, in key order.
    pub fn rows(&self) -> impl Iterator<Item = (&RollupKey, &Measures)> {
        let nothing = Measures::default();
        self.rows
            .iter()
            .filter(move |(_, measures)| **measures != nothing)
    }

    fn add(&mut self, key: RollupKey, measured: &Measured, sign: i64) {
        let row = self.rows.entry(key).or_default();
        row.started += sign;
        if measured.status != Status::Running {
            row.finished += sign;
            if let Some(duration) = measured.duration_ns {
                row.duration_us += sign * (duration / 1_000).clamp(0, MAX_DURATION_US);
                row.durations.add(duration, sign);
            }
        }
        if measured.status == Status::Failed {
            row.failed += sign;
        }
        if sign > 0 {
            row.usage += measured.usage;
            row.cost += measured.cost;
        } else {
            row.usage = row.usage - measured.usage;
            row.cost = row.cost - measured.cost;
        }
    }
}

fn key_text(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_KEY_BYTES)].to_owned()
}

/// One thing that is counted.
struct Measured {
    status: Status,
    duration_ns: Option<i64>,
    usage: TokenUsage,
    cost: NanoUsd,
}
