//! Metrics over a range of time.

use axum::Json;
use axum::extract::State;
use telemetron_model::Timestamp;
use telemetron_model::fold::{Measures, RollupKind};
use telemetron_store::read::metrics::{self, Metrics, MetricsRange, Slot};
use telemetron_view::{
    Durations, KindMetrics, MetricsReport, MetricsSlot, NamedMetrics, TraceMetrics, WorkMetrics,
};

use crate::error::ApiError;
use crate::query::{Instant, Query, number, params, text};
use crate::state::ApiState;

const MINUTE_NS: i64 = 60_000_000_000;
const DAY_MINUTES: i64 = 24 * 60;

/// Longest range: a year, which is more than is kept.
const MAX_MINUTES: i64 = 366 * DAY_MINUTES;

/// Most slots of the series, and how many there are when nobody says.
const MAX_SLOTS: i64 = 1000;
const USUAL_SLOTS: i64 = 60;

/// Most agents, models and tools of each.
const MAX_NAMES: usize = 100;

params! {
    /// Which range, and how finely it is cut.
    pub(crate) struct GetMetrics {
        /// Start, rounded down to the minute; 24 hours before `to` when absent
        from: Option<Timestamp> = Instant,
        /// End, rounded up to the minute; the present when absent
        to: Option<Timestamp> = Instant,
        /// Seconds in each slot of the series, in whole minutes; a sixtieth of the range when absent
        interval_s: Option<i64> = number(60..=MAX_MINUTES * 60),
        /// Only this project
        project: Option<String> = text(),
    }
}

impl GetMetrics {
    fn range(self) -> Result<MetricsRange, ApiError> {
        let to = self.to.unwrap_or_else(Timestamp::now);
        let to_minute = to.plus_nanos(MINUTE_NS - 1).minute();
        let from = self.from.map(Timestamp::minute);
        let from_minute = from.unwrap_or(to_minute - DAY_MINUTES);
        let minutes = to_minute - from_minute;
        if !(1..=MAX_MINUTES).contains(&minutes) {
            let detail = "`from` must lie before `to`, and not more than 366 days before";
            return Err(ApiError::field("from", detail));
        }
        Ok(MetricsRange {
            from_minute,
            to_minute,
            slot_minutes: slot_minutes(self.interval_s, minutes)?,
            project: self.project,
        })
    }
}

fn slot_minutes(interval_s: Option<i64>, minutes: i64) -> Result<i64, ApiError> {
    let Some(seconds) = interval_s else {
        return Ok((minutes / USUAL_SLOTS).max(1));
    };
    let slot = seconds / 60;
    if seconds % 60 != 0 || minutes / slot >= MAX_SLOTS {
        let detail = format!(
            "`interval_s` must be whole minutes (60, 120, …) and cut the range into at most \
             {MAX_SLOTS} slots; here at least {}",
            (minutes / MAX_SLOTS + 1) * 60
        );
        return Err(ApiError::field("interval_s", detail));
    }
    Ok(slot)
}

/// Adds up a range of time: traces, tokens, cost, durations, by agent, model and tool.
#[utoipa::path(
    get,
    path = "/api/v1/metrics",
    operation_id = "get_metrics",
    tag = "metrics",
    params(GetMetrics),
    responses(
        (status = 200, description = "The sums", body = MetricsReport),
    ),
)]
pub(crate) async fn get_metrics(
    State(state): State<ApiState>,
    Query(wanted): Query<GetMetrics>,
) -> Result<Json<MetricsReport>, ApiError> {
    let range = wanted.range()?;
    let freshness = state.freshness();
    let metrics = metrics::read(&state.db, &range).await?;
    let running_spans = metrics::running_spans(&state.db, range.project.as_deref()).await?;
    let instant = |minute: i64| Timestamp::from_nanos(minute.saturating_mul(MINUTE_NS)).into();
    let spent = spent(&metrics);
    Ok(Json(MetricsReport {
        from: instant(range.from_minute),
        to: instant(range.to_minute),
        interval_s: range.slot_minutes * 60,
        traces: metrics
            .kinds
            .get(&RollupKind::Trace)
            .map(traces_of)
            .unwrap_or_default(),
        running_spans,
        tokens: spent.usage,
        cost_usd: spent.cost,
        kinds: kinds(&metrics),
        agents: named(metrics.agents),
        models: named(metrics.models),
        tools: named(metrics.tools),
        series: metrics
            .series
            .iter()
            .map(|slot| slot_of(slot, &range))
            .collect(),
        freshness,
    }))
}

/// Tokens and cost stand with LLM calls alone.
fn spent(metrics: &Metrics) -> Measures {
    metrics
        .kinds
        .get(&RollupKind::Llm)
        .cloned()
        .unwrap_or_default()
}

fn kinds(metrics: &Metrics) -> Vec<KindMetrics> {
    let kinds = metrics
        .kinds
        .iter()
        .filter(|(kind, _)| **kind != RollupKind::Trace);
    kinds
        .map(|(kind, work)| KindMetrics {
            kind: *kind,
            work: work_of(work),
        })
        .collect()
}

fn named(all: Vec<(String, Measures)>) -> Vec<NamedMetrics> {
    let most = all.into_iter().take(MAX_NAMES);
    most.map(|(name, work)| NamedMetrics {
        name,
        work: work_of(&work),
    })
    .collect()
}

fn slot_of(slot: &Slot, range: &MetricsRange) -> MetricsSlot {
    let of = |kind| slot.kinds.get(&kind).cloned().unwrap_or_default();
    let (traces, llm, tool) = (
        of(RollupKind::Trace),
        of(RollupKind::Llm),
        of(RollupKind::Tool),
    );
    let minute = range.from_minute + slot.number * range.slot_minutes;
    MetricsSlot {
        time: Timestamp::from_nanos(minute.saturating_mul(MINUTE_NS)).into(),
        traces: traces_of(&traces),
        llm_calls: llm.started,
        tool_calls: tool.started,
        tokens: llm.usage,
        cost_usd: llm.cost,
    }
}

fn traces_of(work: &Measures) -> TraceMetrics {
    TraceMetrics {
        total: work.started,
        running: work.started - work.finished,
        finished: work.finished,
        failed: work.failed,
        success_rate: success_rate(work),
        durations: durations(work),
    }
}

fn work_of(work: &Measures) -> WorkMetrics {
    WorkMetrics {
        total: work.started,
        finished: work.finished,
        failed: work.failed,
        success_rate: success_rate(work),
        tokens: work.usage,
        cost_usd: work.cost,
        durations: durations(work),
    }
}

fn success_rate(work: &Measures) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = |part: i64, whole: i64| part as f64 / whole as f64;
    (work.finished > 0).then(|| share(work.finished - work.failed, work.finished))
}

fn durations(work: &Measures) -> Durations {
    let counted: i64 = work.durations.counts().iter().sum();
    let quantile = |share| work.durations.quantile_ns(share).map(|nanos| nanos / 1e6);
    #[expect(clippy::cast_precision_loss, reason = "a mean for people")]
    let mean = (counted > 0).then(|| work.duration_us as f64 / 1e3 / counted as f64);
    Durations {
        mean_ms: mean,
        p50_ms: quantile(0.5),
        p95_ms: quantile(0.95),
        p99_ms: quantile(0.99),
    }
}
