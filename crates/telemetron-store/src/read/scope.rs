//! What a question is about: one trace, or all traces of a run.
//!
//! Questions are written for one trace, whose day and id are `$1` and `$2`. Asked about a run, the
//! same statement takes days and ids as arrays, and is planned for these: a plan for any arrays would
//! look through the partitions of all days.

use std::collections::HashMap;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};
use telemetron_model::fold::handoffs::StandingHandoff;
use telemetron_model::{SpanId, TraceId};
use telemetron_view::SpanOfTrace;

use super::Located;
use super::cells::Cells;
use crate::StoreError;

/// How a statement says that rows are of one trace, and how it says that they are of one of several.
const OF_ONE: &str = "day = $1 AND trace_id = $2";
const OF_SEVERAL: &str = "day = ANY($1) AND trace_id = ANY($2)";

/// How a statement says that a handoff stands.
const STANDS: &str = "stands";

/// Spans that hang under spans of other traces.
pub(super) type Joints = HashMap<(TraceId, SpanId), SpanOfTrace>;

/// The handoffs of a run that stand, by trace and id, and between whom.
pub(super) type Standing = HashMap<(TraceId, String), StandingHandoff>;

/// The traces that a question is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    traces: Vec<Located>,
    joints: Joints,
    /// None where those stand that stand in their own trace.
    standing: Option<Standing>,
}

impl From<Located> for Scope {
    fn from(trace: Located) -> Self {
        Self {
            traces: vec![trace],
            joints: Joints::new(),
            standing: None,
        }
    }
}

impl Scope {
    /// All these traces, and how they hang together.
    pub(super) const fn of(traces: Vec<Located>, joints: Joints) -> Self {
        let standing = None;
        Self {
            traces,
            joints,
            standing,
        }
    }

    /// The same, with the handoffs that stand among all of them.
    pub(super) fn with_standing(mut self, standing: Option<Standing>) -> Self {
        self.standing = standing;
        self
    }

    /// How many handoffs stand among all of them, where that is not what each trace says.
    pub(super) fn handoff_count(&self) -> Option<usize> {
        self.standing.as_ref().map(HashMap::len)
    }

    /// Between whom a handoff of a row is, where that is not what its trace says.
    pub(super) fn passed(
        &self,
        cells: &Cells<'_>,
        id: &str,
    ) -> Result<Option<&StandingHandoff>, StoreError> {
        let Some(standing) = &self.standing else {
            return Ok(None);
        };
        Ok(standing.get(&(cells.trace_id("trace_id")?, id.to_owned())))
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
        let mut sql = sql.replace(OF_ONE, OF_SEVERAL);
        if self.standing.is_some() {
            sql = sql.replace(STANDS, &among(next_place(&sql)));
        }
        // Nothing of it was sent by anybody.
        sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .bind(days)
            .bind(ids)
    }

    /// Gives a statement, whose other values are given, the handoffs that stand, if it asks for them.
    pub(super) fn standing<'q>(
        &self,
        sql: &'static str,
        query: Query<'q, Postgres, PgArguments>,
    ) -> Query<'q, Postgres, PgArguments> {
        let Some(standing) = self.standing.as_ref().filter(|_| sql.contains(STANDS)) else {
            return query;
        };
        let ids = standing.keys();
        let (traces, ids): (Vec<_>, Vec<_>) = ids
            .map(|(trace, id)| (trace.as_bytes().to_vec(), id.clone()))
            .unzip();
        query.bind(traces).bind(ids)
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

/// That a handoff is one of those whose traces and ids are the values from a place on.
fn among(place: usize) -> String {
    let ids = place + 1;
    format!("(trace_id, handoff_id) IN (SELECT * FROM UNNEST(${place}::bytea[], ${ids}::text[]))")
}

/// The place behind the last value that a statement names.
fn next_place(sql: &str) -> usize {
    let digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit());
        text[..end.unwrap_or(text.len())].parse().unwrap_or(0)
    };
    let places = sql.split('$').skip(1).map(digits);
    places.max().unwrap_or(0_usize) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_to_a_statement_has_places_of_its_own() {
        assert_eq!(next_place("SELECT $1, $12::text, $3"), 13);
        assert_eq!(next_place("SELECT 1"), 1);
        assert!(among(8).ends_with("UNNEST($8::bytea[], $9::text[]))"));
    }
}
