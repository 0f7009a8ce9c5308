//! Why a trace failed: findings with evidence, and likely causes in order.

use serde::{Deserialize, Serialize};

use crate::{Freshness, Next, Run, SpanOfTrace};
use telemetron_model::record::Status;
use telemetron_model::text_enum;
use telemetron_model::{SpanId, TraceId};

text_enum! {
    /// How sure a cause is. Nothing that rests on words alone is more than `possible`.
    pub enum Confidence {
        /// A span says it of itself.
        Certain = 1 => "certain",
        /// Structure and times leave little else.
        Likely = 2 => "likely",
        /// It fits, and so may other things.
        Possible = 3 => "possible",
        /// Somewhere to begin, no more.
        Guess = 4 => "guess",
    }
}

text_enum! {
    /// What a finding is about.
    pub enum FindingKind {
        /// Where an error began.
        ErrorOrigin = 1 => "error_origin",
        /// A failure that somebody caught.
        CaughtError = 2 => "caught_error",
        /// The same work tried again after it failed.
        Retries = 3 => "retries",
        /// The same call again and again.
        Loop = 4 => "loop",
        /// Two agents passing work back and forth.
        PingPong = 5 => "ping_pong",
        /// What the time went into.
        CriticalPath = 6 => "critical_path",
        /// Work that never ended.
        Unfinished = 7 => "unfinished",
        /// Spans whose parent never came.
        Orphans = 8 => "orphans",
        /// The handoff before the failure.
        Handoff = 9 => "handoff",
        /// What tokens and money went into.
        Hotspot = 10 => "hotspot",
        /// A model that had to stop in the middle.
        CutOff = 11 => "cut_off",
        /// What else went on at that time.
        System = 12 => "system",
        /// A failure mode of MAST that structure shows.
        FailureMode = 13 => "failure_mode",
        /// Who went wrong and when, where no span says so.
        WhoAndWhen = 14 => "who_and_when",
    }
}

text_enum! {
    /// What became of an error at one span of its way.
    pub enum ErrorFate {
        /// It began here.
        Began = 1 => "began",
        /// It went on to the span above.
        PassedOn = 2 => "passed_on",
        /// It was tried again here, and that went well.
        Retried = 3 => "retried",
        /// It ended here: the span completed all the same.
        Swallowed = 4 => "swallowed",
        /// It came out at the top.
        Surfaced = 5 => "surfaced",
    }
}

/// Why a trace failed, and what else is worth knowing of it; the most important first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diagnosis {
    /// The trace.
    pub trace_id: TraceId,
    /// Its name.
    pub name: Option<String>,
    /// How far it is.
    pub status: Status,
    /// The answer in one sentence.
    pub verdict: String,
    /// No span says that anything failed: the first cause is a guess from structure and words.
    pub is_hypothesis: bool,
    /// Likely causes, the likeliest first.
    pub causes: Vec<Cause>,
    /// The way of the error from where it began to where it came out.
    pub chain: Vec<ChainLink>,
    /// What was found, the most important first.
    pub findings: Vec<Finding>,
    /// What the time went into; absent where times are only an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical_path: Option<CriticalPath>,
    /// What was not looked at, and why.
    pub limits: Vec<String>,
    /// What a token budget left out.
    pub omitted: DiagnosisOmitted,
    /// Tokens that this answer takes a model, roughly.
    pub estimated_tokens: usize,
}

/// A diagnosis as it is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiagnosisAnswer {
    /// The diagnosis.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
    /// The run, where all of it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// Of a run, the traces of the spans that the diagnosis names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub span_traces: Vec<SpanOfTrace>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// A likely cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cause {
    /// Its place in the order, from 1.
    pub rank: usize,
    /// What sort of finding it rests on.
    pub kind: FindingKind,
    /// How sure it is.
    pub confidence: Confidence,
    /// One sentence.
    pub sentence: String,
    /// The agent concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The span to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<SpanId>,
    /// Place of that span among the steps of the trace, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The spans that show it.
    pub evidence: Vec<SpanId>,
    /// What to ask next.
    pub next: String,
    /// What `next` asks, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Next>,
}

/// Something worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// Stable id of a failure mode, such as `mast/step-repetition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// One sentence, with numbers.
    pub sentence: String,
    /// The spans that show it, at most eight.
    pub evidence: Vec<SpanId>,
    /// What to ask next.
    pub next: String,
    /// What `next` asks, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Next>,
}

/// A span on the way of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainLink {
    /// The span.
    pub span_id: SpanId,
    /// Its name.
    pub name: String,
    /// The agent at work.
    pub agent: Option<String>,
    /// What became of the error here.
    pub fate: ErrorFate,
    /// What the span says of its failure, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What decided how long a trace took: at each moment, the one span that everything waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CriticalPath {
    /// How long all of it took.
    pub total_ms: f64,
    /// Time in which no span below the root was at work.
    pub waiting_ms: f64,
    /// The longest parts, in order of time.
    pub parts: Vec<PathPart>,
    /// Who the time belongs to, the most first.
    pub agents: Vec<AgentShare>,
}

/// A part of the critical path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathPart {
    /// The span that everything waited for.
    pub span_id: SpanId,
    /// Its name.
    pub name: String,
    /// The agent at work.
    pub agent: Option<String>,
    /// The span was open, and none below it was at work, between two of them.
    pub is_wait: bool,
    /// Milliseconds after the start of the trace.
    pub from_ms: f64,
    /// How long.
    pub duration_ms: f64,
    /// Its part of the whole, from 0 to 1.
    pub share: f64,
}

/// How much of the critical path belongs to an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentShare {
    /// The agent; none for what belongs to no agent.
    pub agent: Option<String>,
    /// How long.
    pub duration_ms: f64,
    /// Its part of the whole, from 0 to 1.
    pub share: f64,
}

/// What a token budget left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiagnosisOmitted {
    /// Causes.
    pub causes: usize,
    /// Findings.
    pub findings: usize,
    /// Spans on the way of the error.
    pub chain: usize,
    /// Parts of the critical path.
    pub path_parts: usize,
}
