//! Every question that is asked of the store, one file a noun.
//!
//! Lists are pages that go on after a key, never after a count; they read no payload columns. The
//! children of a trace are read from the one partition of its day, so each question about them
//! starts from where the trace is [`Located`].

mod cells;
pub mod dead_letters;
pub mod graph;
pub mod ingest;
pub mod metrics;
pub mod notes;
pub mod oracle;
pub mod run;
mod scope;
pub mod sessions;
pub mod spans;
mod spoken;
pub mod timeline;
pub mod traces;
pub mod whole;

use chrono::NaiveDate;
use telemetron_model::TraceId;

use crate::StoreError;
pub use scope::Scope;

/// Where the rows of a trace lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The partition.
    pub day: NaiveDate,
    /// The trace.
    pub trace_id: TraceId,
}

/// One page, and the key after which the next one goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice<T, K> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The key of the last item; none when the list ends here.
    pub next: Option<K>,
}

impl<T, K> Slice<T, K> {
    /// Makes a page out of up to `limit + 1` items: the one too many proves that there is more.
    fn of(mut items: Vec<(K, T)>, limit: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let mut next = None;
        let mut rest = items.len();
        let items = items
            .into_iter()
            .map(|(key, item)| {
                rest -= 1;
                if more && rest == 0 {
                    next = Some(key);
                }
                item
            })
            .collect();
        Self { items, next }
    }
}

/// Whether a question was cut off because its answer took too long: asking for less helps.
pub fn took_too_long(error: &StoreError) -> bool {
    const QUERY_CANCELED: &str = "57014";
    error.sqlstate().as_deref() == Some(QUERY_CANCELED)
}

/// One more than the page holds, as `LIMIT` takes it.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}
