//! Runs: traces that belong together, found without reading a span.
//!
//! ```text
//!  trace ─▶ walk (links in both directions, or its session) ─▶ traces, earliest first ─▶ joints
//! ```
//!
//! The earliest trace leads, bookkeeping (an agent that was made, a workflow that was built) apart. A
//! root whose link names a span of an earlier trace hangs under that span; nothing can hang under what
//! began later, so no circle comes of it.

mod handoffs;
mod joints;
mod sums;
mod union;
mod walk;

use sqlx::PgPool;
use telemetron_model::{Timestamp, TraceId};
use telemetron_view::{Follow, Run, RunTrace};

use super::Located;
use super::scope::Scope;
use super::traces::{self, FoundTrace};
use crate::StoreError;
pub use sums::sums;
pub(super) use sums::sums_of_lines;

/// Most traces of a run.
pub const MOST_TRACES: usize = 200;

/// Most spans of a run; the trace that was asked about is read whatever it has.
pub const MOST_SPANS: i64 = 100_000;

/// A run with where its rows lie.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRun {
    follow: Follow,
    traces: Vec<FoundTrace>,
    leading: usize,
    more: bool,
    scope: Scope,
}

/// Finds the run of a trace. Traces not heard of since `silent_since` are stuck if they run.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn find(
    pool: &PgPool,
    trace_id: TraceId,
    follow: Follow,
    silent_since: Timestamp,
) -> Result<Option<FoundRun>, StoreError> {
    let mut near = walk::from(pool, trace_id, follow).await?;
    let mut more = near.len() > MOST_TRACES;
    near.truncate(MOST_TRACES);
    let known = traces::find_all(pool, &near, silent_since).await?;
    let asked = known.iter().find(|known| known.id() == trace_id);
    let Some(asked) = asked else {
        return Ok(None);
    };
    let mut spans = asked.detail.summary.counts.spans;
    let mut kept = vec![trace_id];
    // The nearest first, as far as there is room.
    for id in near.iter().filter(|id| **id != trace_id) {
        let Some(found) = known.iter().find(|known| known.id() == *id) else {
            continue;
        };
        spans = spans.saturating_add(found.detail.summary.counts.spans);
        if spans > MOST_SPANS {
            more = true;
            break;
        }
        kept.push(*id);
    }
    let traces: Vec<_> = known
        .into_iter()
        .filter(|found| kept.contains(&found.id()))
        .collect();
    let located: Vec<_> = traces.iter().map(|found| found.located).collect();
    let joints = joints::find(pool, &located).await?;
    let leading = traces.iter().position(|found| !found.is_bookkeeping);
    Ok(Some(FoundRun {
        follow,
        leading: leading.unwrap_or_default(),
        traces,
        more,
        scope: Scope::of(located, joints),
    }))
}

impl FoundRun {
    /// The same, once it is decided which handoffs stand among all of its traces; only who reads
    /// handoffs or sums needs to know.
    ///
    /// # Errors
    /// When the database is away, or takes too long.
    pub async fn settled(mut self, pool: &PgPool) -> Result<Self, StoreError> {
        if self.traces.len() > 1 {
            let agents = self
                .traces
                .iter()
                .flat_map(|one| &one.detail.summary.agents);
            let agents = agents.cloned().collect();
            let standing = handoffs::standing(pool, &self.scope, agents).await?;
            self.scope = self.scope.with_standing(standing);
        }
        Ok(self)
    }

    /// The traces, as what questions are about.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The trace that leads.
    pub fn leading(&self) -> &FoundTrace {
        &self.traces[self.leading]
    }

    /// Its traces, earliest first.
    pub fn traces(&self) -> &[FoundTrace] {
        &self.traces
    }

    /// Where its rows lie, trace by trace, earliest first.
    pub fn located(&self) -> impl Iterator<Item = Located> + '_ {
        self.traces.iter().map(|found| found.located)
    }

    /// What is said of it.
    pub fn view(&self) -> Run {
        let trace = |found: &FoundTrace| {
            let summary = &found.detail.summary;
            RunTrace {
                trace_id: summary.trace_id,
                name: summary.name.clone(),
                status: summary.status,
                start_time: summary.start_time,
                end_time: summary.end_time,
                spans: summary.counts.spans,
            }
        };
        Run {
            follow: self.follow,
            trace_id: self.leading().id(),
            traces: self.traces.iter().map(trace).collect(),
            more: self.more,
        }
    }
}
