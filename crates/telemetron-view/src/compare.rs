//! What differs between two traces.

use serde::{Deserialize, Serialize};

use crate::{Freshness, Next};
use telemetron_model::record::{SpanKind, Status};
use telemetron_model::text_enum;
use telemetron_model::{NanoUsd, SpanId, TraceId};

text_enum! {
    /// How a step of one trace relates to the other trace.
    pub enum StepChange {
        /// Both have it, and it differs.
        Changed = 1 => "changed",
        /// Only the first trace has it.
        OnlyA = 2 => "only_a",
        /// Only the second trace has it.
        OnlyB = 3 => "only_b",
    }
}

text_enum! {
    /// What differs in a step that both traces have.
    pub enum Aspect {
        /// How it ended.
        Status = 1 => "status",
        /// Why it failed.
        Error = 2 => "error",
        /// How often it was done in a row.
        Repeats = 3 => "repeats",
        /// The model.
        Model = 4 => "model",
        /// What a tool was given.
        Arguments = 5 => "arguments",
        /// What went in.
        Input = 6 => "input",
        /// What came out.
        Output = 7 => "output",
        /// Why the model stopped.
        FinishReason = 8 => "finish_reason",
        /// How long it took.
        Duration = 9 => "duration",
        /// Tokens.
        Tokens = 10 => "tokens",
    }
}

/// What differs between two traces; the most telling first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// The first trace: the one in question.
    pub a: ComparedTrace,
    /// The second trace: what it is held against.
    pub b: ComparedTrace,
    /// How `b` was found, when `last-good` was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_because: Option<String>,
    /// The answer in one sentence.
    pub verdict: String,
    /// Sentences on the whole: outcome, agents, models, tools, time, tokens, cost.
    pub summary: Vec<String>,
    /// The first step in which the two part ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_difference: Option<StepDifference>,
    /// Steps that differ, in order of the alignment.
    pub steps: Vec<StepDifference>,
    /// Steps that are the same in both.
    pub same_steps: usize,
    /// Steps that differ and were left out.
    pub omitted_steps: usize,
    /// What was not looked at, and why.
    pub limits: Vec<String>,
    /// What to ask next.
    pub next: Vec<String>,
    /// What each of `next` asks, for programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Next>,
}

/// A comparison as it is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparisonAnswer {
    /// The comparison.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// One of two traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedTrace {
    /// Its id.
    pub trace_id: TraceId,
    /// Its name.
    pub name: Option<String>,
    /// How far it is.
    pub status: Status,
    /// Spans that failed.
    pub failed_spans: usize,
    /// Spans.
    pub spans: usize,
    /// Steps, the same ones in a row counted once.
    pub steps: usize,
    /// How long it took; `null` where times are only an order.
    pub duration_ms: Option<f64>,
    /// Tokens, each counted once.
    pub total_tokens: i64,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
}

/// A step that is not the same in both traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepDifference {
    /// How it relates to the other trace.
    pub change: StepChange,
    /// The agent at work.
    pub agent: Option<String>,
    /// What the step is.
    pub kind: SpanKind,
    /// Its tool, or its name.
    pub name: String,
    /// The span in the first trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<SpanId>,
    /// The span in the second trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<SpanId>,
    /// What differs; empty for a step that only one trace has.
    pub differences: Vec<Difference>,
}

/// What differs in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// What.
    pub aspect: Aspect,
    /// How it is in the first trace, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<String>,
    /// How it is in the second trace, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<String>,
    /// Lines of a text that changed: `-` those of the first, `+` those of the second.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}
