//! What both the state and the rules measure by.

use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::fold::Measures;
use telemetron_store::read::oracle::agents::Registered;

use crate::Thresholds;

/// A limit of the thresholds, which are in seconds.
pub(crate) const fn seconds(limit: u32) -> Duration {
    Duration::from_secs(limit as u64)
}

/// Whether an agent was not heard of for too long.
pub(crate) fn is_silent(agent: &Registered, now: Timestamp, thresholds: &Thresholds) -> bool {
    now.duration_since(agent.said_at) > seconds(thresholds.silent_agent_seconds)
}

/// Share of what ended that failed.
pub(crate) fn failed_share(work: &Measures) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = |part: i64, whole: i64| part as f64 / whole as f64;
    (work.finished > 0).then(|| share(work.failed, work.finished))
}

/// 95th percentile of how long it took, in milliseconds.
pub(crate) fn p95_ms(work: &Measures) -> Option<f64> {
    Some(work.durations.quantile_ns(0.95)? / 1e6)
}
