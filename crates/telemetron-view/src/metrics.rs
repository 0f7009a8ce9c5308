//! Metrics over a range of time.

use serde::{Deserialize, Serialize};

use crate::Freshness;
use telemetron_model::fold::RollupKind;
use telemetron_model::record::TokenUsage;
use telemetron_model::{NanoUsd, Rfc3339};

/// What happened in a range of time. Things belong to the minute in which they began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricsReport {
    /// Start of the range, at a whole minute.
    pub from: Rfc3339,
    /// End of the range, at a whole minute, excluded.
    pub to: Rfc3339,
    /// Length of a slot of `series`.
    pub interval_s: i64,
    /// Whole traces.
    pub traces: TraceMetrics,
    /// Spans and calls by kind.
    pub kinds: Vec<KindMetrics>,
    /// Spans of any kind that run at this moment, whenever they began.
    pub running_spans: i64,
    /// Tokens, each counted once.
    pub tokens: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
    /// Agents, those with most work first, at most 100.
    pub agents: Vec<NamedMetrics>,
    /// Models, those with most calls first, at most 100.
    pub models: Vec<NamedMetrics>,
    /// Tools, those with most calls first, at most 100.
    pub tools: Vec<NamedMetrics>,
    /// The range cut into slots, oldest first; slots without anything are left out.
    pub series: Vec<MetricsSlot>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// Whole traces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceMetrics {
    /// Begun.
    pub total: i64,
    /// Of these, still running.
    pub running: i64,
    /// Of these, ended.
    pub finished: i64,
    /// Of these, ended with a failure.
    pub failed: i64,
    /// Share of the finished that did not fail; `null` when none finished.
    pub success_rate: Option<f64>,
    /// How long they took.
    pub durations: Durations,
}

/// Work: what was begun and ended, how long it took, what it spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkMetrics {
    /// Begun.
    pub total: i64,
    /// Ended.
    pub finished: i64,
    /// Ended with a failure.
    pub failed: i64,
    /// Share of the finished that did not fail; `null` when none finished.
    pub success_rate: Option<f64>,
    /// Tokens, each counted once.
    pub tokens: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
    /// How long it took.
    pub durations: Durations,
}

/// How long things took, in milliseconds; `null` when nothing ended. Percentiles come from
/// logarithmic buckets and are at most 11 % off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Durations {
    /// The mean.
    pub mean_ms: Option<f64>,
    /// Half took no longer.
    pub p50_ms: Option<f64>,
    /// 95 of 100 took no longer.
    pub p95_ms: Option<f64>,
    /// 99 of 100 took no longer.
    pub p99_ms: Option<f64>,
}

/// Work of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindMetrics {
    /// The kind.
    pub kind: RollupKind,
    /// Its work.
    #[serde(flatten)]
    pub work: WorkMetrics,
}

/// Work of one agent, model or tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedMetrics {
    /// Its name.
    pub name: String,
    /// Its work: an agent's own spans, with the tokens of its LLM calls; a model's or tool's calls.
    #[serde(flatten)]
    pub work: WorkMetrics,
}

/// One slot of the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricsSlot {
    /// When it begins.
    pub time: Rfc3339,
    /// Traces begun in it.
    pub traces: TraceMetrics,
    /// LLM calls begun in it.
    pub llm_calls: i64,
    /// Tool calls begun in it.
    pub tool_calls: i64,
    /// Tokens, each counted once.
    pub tokens: TokenUsage,
    /// Cost, counted as tokens are.
    pub cost_usd: NanoUsd,
}
