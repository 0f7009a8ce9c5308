//! Events, handoffs and errors of a trace, earliest first: the first of each, or page after page.
//!
//! What they carry along is read as long as all of it together stays within a budget of bytes.
//! With the earliest, what does not fit is left out, and its size says so. A page ends before it
//! instead: whoever follows the pages has every note whole.

mod rows;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::TraceId;
use telemetron_model::fold::handoffs::StandingHandoff;
use telemetron_view::{ErrorView, EventView, HandoffView};

use super::cells::Cells;
use super::{Scope, Slice};
use crate::StoreError;

/// How much of a trace's notes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most notes.
    pub items: i64,
    /// Most bytes of what they carry along.
    pub bytes: i64,
}

/// Where a list of notes goes on: earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteKey {
    /// When the last note was.
    pub time_ns: i64,
    /// Its id.
    pub id: String,
    /// Its trace.
    pub trace_id: TraceId,
}

/// A sort of notes: how its rows are asked for and read.
pub trait Note: Sized {
    /// What a list of them is called.
    const LIST: &'static str;
    /// The question: day, trace, most rows, most bytes, key of the last note (time and id), whether
    /// the first is whole whatever its size, and the last note's trace.
    const SQL: &'static str;

    /// Reads a row; its trace is given where there are several.
    ///
    /// # Errors
    /// When the row holds what cannot be there.
    fn read(row: &PgRow, trace_id: Option<TraceId>) -> Result<Self, StoreError>;

    /// Where a list goes on after it, in its trace.
    fn key(&self, trace_id: TraceId) -> NoteKey;

    /// Whether what it carries along was left out.
    fn is_cut(&self) -> bool;

    /// Of a handoff: between whom it is among all traces of a run.
    fn is_between(&mut self, _passed: &StandingHandoff) {}
}

/// Reads the earliest events.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn events(
    pool: &PgPool,
    traces: impl Into<Scope>,
    budget: Budget,
) -> Result<Vec<EventView>, StoreError> {
    earliest(pool, &traces.into(), budget).await
}

/// Reads the earliest handoffs, of those that stand.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn handoffs(
    pool: &PgPool,
    traces: impl Into<Scope>,
    budget: Budget,
) -> Result<Vec<HandoffView>, StoreError> {
    earliest(pool, &traces.into(), budget).await
}

/// Reads the earliest errors.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn errors(
    pool: &PgPool,
    traces: impl Into<Scope>,
    budget: Budget,
) -> Result<Vec<ErrorView>, StoreError> {
    earliest(pool, &traces.into(), budget).await
}

/// Lists the notes of a sort, each whole: a page has one at least, and ends where the budget does.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list<N: Note>(
    pool: &PgPool,
    traces: impl Into<Scope>,
    after: Option<&NoteKey>,
    budget: Budget,
) -> Result<Slice<N, NoteKey>, StoreError> {
    let Budget { items, bytes } = budget;
    let asked = Budget {
        items: items.saturating_add(1),
        bytes,
    };
    let notes: Vec<(NoteKey, N)> = read(pool, &traces.into(), asked, after, true).await?;
    let whole = notes.iter().take_while(|(_, note)| !note.is_cut()).count();
    let limit = whole.min(usize::try_from(items).unwrap_or(usize::MAX));
    Ok(Slice::of(notes, limit))
}

async fn earliest<N: Note>(
    pool: &PgPool,
    traces: &Scope,
    budget: Budget,
) -> Result<Vec<N>, StoreError> {
    let notes = read(pool, traces, budget, None, false).await?;
    Ok(notes.into_iter().map(|(_, note)| note).collect())
}

async fn read<N: Note>(
    pool: &PgPool,
    traces: &Scope,
    budget: Budget,
    after: Option<&NoteKey>,
    first_whole: bool,
) -> Result<Vec<(NoteKey, N)>, StoreError> {
    let query = traces
        .query(N::SQL)
        .bind(budget.items)
        .bind(budget.bytes)
        .bind(after.map(|key| key.time_ns))
        .bind(after.map(|key| key.id.as_str()))
        .bind(first_whole)
        .bind(after.map(|key| key.trace_id.as_bytes().to_vec()));
    let query = traces.standing(N::SQL, query);
    let rows = query.fetch_all(pool).await?;
    let keyed = |row: &PgRow| {
        let cells = Cells::of(row, N::LIST);
        let mut note = N::read(row, traces.trace_of(&cells)?)?;
        let key = note.key(cells.trace_id("trace_id")?);
        if let Some(passed) = traces.passed(&cells, &key.id)? {
            note.is_between(passed);
        }
        Ok((key, note))
    };
    rows.iter().map(keyed).collect()
}
