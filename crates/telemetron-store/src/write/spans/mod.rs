//! Rows of `spans`, `llm_calls` and `tool_calls`: read before the fold, changed and copied after it.

mod change;
mod lead;
mod rows;
mod state;

use chrono::NaiveDate;
use telemetron_model::{SpanId, TraceId};

pub(super) use change::{Touched, delete, touch};
pub(super) use lead::{died, find_lead, leads_by_id, topmost};
pub(super) use rows::SpanRows;
pub(super) use state::{StoredSpan, load};

use crate::StoreError;

/// The key of a span row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SpanKey {
    /// The day of its trace, by which rows are partitioned.
    pub(super) day: NaiveDate,
    /// Its trace.
    pub(super) trace_id: TraceId,
    /// Its id in the trace.
    pub(super) span_id: SpanId,
}

impl SpanKey {
    /// The key of a span whose rows lie in a day.
    pub(super) const fn at(day: NaiveDate, (trace_id, span_id): (TraceId, SpanId)) -> Self {
        Self {
            day,
            trace_id,
            span_id,
        }
    }

    /// Which span it is, wherever its row lies.
    pub(super) const fn place(&self) -> (TraceId, SpanId) {
        (self.trace_id, self.span_id)
    }
}

/// Groups keys by day, so that a statement names the partition it means.
pub(super) fn by_day(keys: &[SpanKey]) -> Vec<(NaiveDate, Vec<SpanKey>)> {
    let mut days: Vec<(NaiveDate, Vec<SpanKey>)> = Vec::new();
    for key in keys {
        match days.iter_mut().find(|(day, _)| *day == key.day) {
            Some((_, keys)) => keys.push(*key),
            None => days.push((key.day, vec![*key])),
        }
    }
    days
}

/// The id columns of keys, as statements take them.
pub(super) fn columns(keys: &[SpanKey]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    keys.iter()
        .map(|key| (key.trace_id.as_bytes().as_slice(), key.span_id.as_bytes()))
        .unzip()
}

pub(super) fn trace_of(bytes: &[u8]) -> Result<TraceId, StoreError> {
    TraceId::from_slice(bytes).map_err(corrupt)
}

pub(super) fn span_of(bytes: &[u8]) -> Result<SpanId, StoreError> {
    SpanId::from_slice(bytes).map_err(corrupt)
}

fn corrupt(reason: impl ToString) -> StoreError {
    StoreError::Corrupt {
        table: "spans",
        reason: reason.to_string(),
    }
}
