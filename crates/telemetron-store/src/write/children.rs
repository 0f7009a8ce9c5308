//! Handoffs, events and errors of traces: of each identity the greatest record is kept.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::record::{ErrorCategory, ErrorRecord, Event, Handoff, HandoffMode, Severity};
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};

use super::Tally;
use super::batch::Latest;
use super::fold::TraceUpdate;
use super::texts::{self, TextRows};
use crate::StoreError;
use crate::copy::Rows;
use crate::refused::Refusals;
use crate::tables::{ErrorRow, EventRow, HandoffRow};

/// The statements of one table, besides its COPY.
struct Statements {
    load: &'static str,
    delete: &'static str,
}

/// Writes the statements of a table of children.
macro_rules! statements {
    ($table:literal, $id:literal) => {
        Statements {
            load: concat!(
                "SELECT t.trace_id, t.",
                $id,
                ", t.hash FROM UNNEST($2::bytea[], $3::text[]) AS k (trace_id, id) ",
                "CROSS JOIN LATERAL (SELECT * FROM ",
                $table,
                " t WHERE t.day = $1 AND t.trace_id = k.trace_id AND t.",
                $id,
                " = k.id OFFSET 0) t"
            ),
            delete: concat!(
                "DELETE FROM ",
                $table,
                " t USING UNNEST($2::bytea[], $3::text[]) AS k (trace_id, id) ",
                "CROSS JOIN LATERAL (SELECT ctid AS place FROM ",
                $table,
                " f WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.",
                $id,
                " = k.id OFFSET 0) f WHERE t.day = $1 AND t.ctid = f.place"
            ),
        }
    };
}

const HANDOFFS: Statements = statements!("handoffs", "handoff_id");
const EVENTS: Statements = statements!("events", "event_id");
const ERRORS: Statements = statements!("errors", "error_id");

/// The key of a child's row.
type ChildKey = (NaiveDate, TraceId, String);

/// Rows of all three tables, ready to be written.
pub(super) struct ChildRows {
    tables: [(Statements, Rows, Vec<ChildKey>); 3],
    texts: TextRows,
}

/// Joins what the batch says of children into what is stored, and counts the new ones.
pub(super) async fn join(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
    tallies: &mut [Tally],
) -> Result<ChildRows, StoreError> {
    let mut handoffs = Joined::new(HANDOFFS, Rows::of::<HandoffRow<'_>>());
    handoffs
        .read(conn, updates, |update| &update.batch.handoffs)
        .await?;
    let mut events = Joined::new(EVENTS, Rows::of::<EventRow<'_>>());
    events
        .read(conn, updates, |update| &update.batch.events)
        .await?;
    let mut errors = Joined::new(ERRORS, Rows::of::<ErrorRow<'_>>());
    errors
        .read(conn, updates, |update| &update.batch.errors)
        .await?;
    let mut texts = TextRows::new();
    for update in updates {
        let place = (update.row.day, update.id);
        let mut marks = Vec::new();
        update.row.handoff_count += handoffs.join(place, &update.batch.handoffs, tallies, handoff);
        update.row.event_count +=
            events.join(place, &update.batch.events, tallies, |at, of, rows| {
                marks.extend(texts::of_event(of));
                event(at, of, rows);
            });
        if !marks.is_empty() {
            texts.whole(place.0, place.1, marks);
        }
        update.row.error_count += errors.join(place, &update.batch.errors, tallies, error);
    }
    Ok(ChildRows {
        tables: [handoffs, events, errors]
            .map(|joined| (joined.statements, joined.rows, joined.replaced)),
        texts,
    })
}

impl ChildRows {
    /// Deletes what is replaced and copies what is new.
    pub(super) async fn write(
        self,
        conn: &mut PgConnection,
        refusals: &mut Refusals,
    ) -> Result<(), StoreError> {
        for (statements, rows, replaced) in self.tables {
            for (day, trace_id, id) in replaced {
                let (traces, ids) = (vec![trace_id.as_bytes().as_slice()], vec![id]);
                sqlx::query(statements.delete)
                    .bind(day)
                    .bind(&traces)
                    .bind(&ids)
                    .execute(&mut *conn)
                    .await?;
            }
            rows.send(conn, refusals).await?;
        }
        self.texts.send(conn).await
    }
}

/// One table while its part of the batch is joined.
struct Joined {
    statements: Statements,
    stored: HashMap<(TraceId, String), i64>,
    rows: Rows,
    replaced: Vec<ChildKey>,
}

impl Joined {
    fn new(statements: Statements, rows: Rows) -> Self {
        Self {
            statements,
            stored: HashMap::new(),
            rows,
            replaced: Vec::new(),
        }
    }

    /// Reads the hashes of those children of stored traces that are stored themselves.
    async fn read<T: 'static>(
        &mut self,
        conn: &mut PgConnection,
        updates: &[TraceUpdate<'_>],
        of: impl for<'b> Fn(&TraceUpdate<'b>) -> &'b BTreeMap<String, Latest<T>>,
    ) -> Result<(), StoreError> {
        let mut days: BTreeMap<NaiveDate, (Vec<&[u8]>, Vec<&str>)> = BTreeMap::new();
        for update in updates.iter().filter(|update| !update.is_new) {
            for id in of(update).keys() {
                let (traces, ids) = days.entry(update.row.day).or_default();
                traces.push(update.id.as_bytes());
                ids.push(id);
            }
        }
        for (day, (traces, ids)) in days {
            let rows: Vec<(Vec<u8>, String, i64)> = sqlx::query_as(self.statements.load)
                .bind(day)
                .bind(traces)
                .bind(ids)
                .fetch_all(&mut *conn)
                .await?;
            for (trace_id, id, hash) in rows {
                self.stored
                    .insert((super::spans::trace_of(&trace_id)?, id), hash);
            }
        }
        Ok(())
    }

    /// Joins the children of one trace; returns how many are new.
    fn join<T>(
        &mut self,
        (day, trace_id): (NaiveDate, TraceId),
        children: &BTreeMap<String, Latest<T>>,
        tallies: &mut [Tally],
        mut add: impl FnMut(Place<'_>, &T, &mut Rows),
    ) -> i64 {
        let mut new = 0;
        for (id, child) in children {
            let stored = self.stored.get(&(trace_id, id.clone())).copied();
            child.tally(stored.map(|hash| (false, 0, hash)), tallies);
            let hash = child.order.2;
            match stored {
                None => new += 1,
                Some(stored) if stored < hash => self.replaced.push((day, trace_id, id.clone())),
                Some(_) => continue,
            }
            let at = Place {
                day,
                trace_id: trace_id.as_bytes(),
                id,
                hash,
            };
            add(at, &child.record, &mut self.rows);
        }
        new
    }
}

/// What the rows of all three tables begin with.
#[derive(Clone, Copy)]
struct Place<'a> {
    day: NaiveDate,
    trace_id: &'a [u8],
    id: &'a str,
    hash: i64,
}

fn handoff(at: Place<'_>, handoff: &Handoff, rows: &mut Rows) {
    let row = HandoffRow {
        day: at.day,
        trace_id: at.trace_id,
        handoff_id: at.id,
        hash: at.hash,
        span_id: handoff.span_id.as_ref().map(SpanId::as_bytes),
        source_agent_id: handoff.source_agent_id.as_deref(),
        source_agent_name: handoff.source_agent_name.as_deref(),
        target_agent_id: handoff.target_agent_id.as_deref(),
        target_agent_name: &handoff.target_agent_name,
        time_ns: handoff.timestamp.nanos(),
        until_ns: handoff.until.map(Timestamp::nanos),
        reason: handoff.reason.as_deref(),
        mode: handoff.mode.map(HandoffMode::code),
        rule: handoff.rule.as_deref(),
        context: handoff.context.as_ref().map(RawJson::get),
        stands: !handoff.is_hint(),
    };
    rows.add(at.hash, &row);
}

fn event(at: Place<'_>, event: &Event, rows: &mut Rows) {
    let row = EventRow {
        day: at.day,
        trace_id: at.trace_id,
        event_id: at.id,
        hash: at.hash,
        span_id: event.span_id.as_ref().map(SpanId::as_bytes),
        agent_id: event.agent_id.as_deref(),
        agent_name: event.agent_name.as_deref(),
        event_type: &event.event_type,
        event_name: &event.event_name,
        severity: event.severity.code(),
        message: event.message.as_deref(),
        data: event.data.as_ref().map(RawJson::get),
        time_ns: event.timestamp.nanos(),
        correlation_id: event.correlation_id.as_deref(),
        cause: event.cause.as_deref(),
    };
    rows.add(at.hash, &row);
}

fn error(at: Place<'_>, error: &ErrorRecord, rows: &mut Rows) {
    let row = ErrorRow {
        day: at.day,
        trace_id: at.trace_id,
        error_id: at.id,
        hash: at.hash,
        span_id: error.span_id.as_ref().map(SpanId::as_bytes),
        agent_id: error.agent_id.as_deref(),
        agent_name: error.agent_name.as_deref(),
        error_type: &error.error_type,
        message: &error.message,
        stack: error.stack.as_deref(),
        category: error.category.unwrap_or(ErrorCategory::Unknown).code(),
        severity: error.severity.unwrap_or(Severity::Error).code(),
        retryable: error.retryable.unwrap_or_default(),
        attempts: error.attempts,
        suggested_fixes: &error.suggested_fixes,
        time_ns: error.timestamp.nanos(),
    };
    rows.add(at.hash, &row);
}
