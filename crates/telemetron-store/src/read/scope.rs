//! What a question is about: one trace, or all traces of a run.
//!
//! Questions are written for one trace, whose day and id are `$1` and `$2`. Asked about a run, the
//! same statement takes days and ids as arrays, and is planned for these: a plan for any arrays would
//! look through the partitions of all days.

use std::collections::HashMap;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};
use telemetron_model::view::SpanOfTrace;
use telemetron_model::{SpanId, TraceId};

use super::Located;
use super::cells::Cells;
use crate::StoreError;

/// How a statement says that rows are of one trace, and how it says that they are of one of several.
const OF_ONE: &str = "day = $1 AND trace_id = $2";
const OF_SEVERAL: &str = "day = ANY($1) AND trace_id = ANY($2)";

/// Spans that hang under spans of other traces.
pub(super) type Joints = HashMap<(TraceId, SpanId), SpanOfTrace>;

/// The traces that a question is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    traces: Vec<Located>,
    joints: Joints,
}

impl From<Located> for Scope {
    fn from(trace: Located) -> Self {
        Self {
            traces: vec![trace],
            joints: Joints::new(),
        }
    }
}

impl Scope {
    /// All these traces, and how they hang together.
    pub(super) const fn of(traces: Vec<Located>, joints: Joints) -> Self {
        Self { traces, joints }
    }

    /// Asks about the traces: `sql` names one of them by `$1` and `$2`.
    pub(super) fn query<'q>(&self, sql: &'static str) -> Query<'q, Postgres, PgArguments> {
        debug_assert!(sql.contains(OF_ONE), "not of a trace: {sql}");
        let id = |trace: &Located| trace.trace_id.as_bytes().to_vec();
        if let [one] = self.traces.as_slice() {
            return sqlx::query(sql).bind(one.day).bind(id(one));
        }
        let mut days: Vec<_> = self.traces.iter().map(|trace| trace.day).collect();
        days.sort_unstable();
        days.dedup();
        let ids: Vec<_> = self.traces.iter().map(id).collect();
        // Nothing of it was sent by anybody.
        sqlx::query(AssertSqlSafe(sql.replace(OF_ONE, OF_SEVERAL)))
            .persistent(false)
            .bind(days)
            .bind(ids)
    }

    /// The trace of a row, where there are several.
    pub(super) fn trace_of(&self, cells: &Cells<'_>) -> Result<Option<TraceId>, StoreError> {
        (self.traces.len() > 1)
            .then(|| cells.trace_id("trace_id"))
            .transpose()
    }

    /// The span of another trace that a span hangs under.
    pub(super) fn joint(&self, trace_id: Option<TraceId>, span_id: SpanId) -> Option<SpanOfTrace> {
        self.joints.get(&(trace_id?, span_id)).copied()
    }
}
