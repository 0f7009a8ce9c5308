//! Handoffs, events and errors of traces: of each identity the greatest record is kept.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::record::{ErrorCategory, ErrorRecord, Event, Handoff, HandoffMode, Severity};
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};

use super::Tally;
use super::batch::Latest;
use super::fold::TraceWork;
use super::texts::{self, TextRows};
use crate::StoreError;
use crate::copy::Rows;
use crate::refused::Refusals;

/// The statements of one table.
struct Table {
    load: &'static str,
    delete: &'static str,
    copy: &'static str,
}

/// Writes the statements of a table of children.
macro_rules! table {
    ($table:literal, $id:literal, $columns:literal) => {
        Table {
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
            copy: concat!(
                "COPY ",
                $table,
                " (day, trace_id, ",
                $id,
                ", hash, ",
                $columns,
                ") FROM STDIN (FORMAT binary)"
            ),
        }
    };
}

const HANDOFFS: Table = table!(
    "handoffs",
    "handoff_id",
    "span_id, source_agent_id, source_agent_name, target_agent_id, target_agent_name, time_ns, until_ns, reason, mode, rule, context, stands"
);
const EVENTS: Table = table!(
    "events",
    "event_id",
    "span_id, agent_id, agent_name, event_type, event_name, severity, message, data, time_ns, correlation_id, cause"
);
const ERRORS: Table = table!(
    "errors",
    "error_id",
    "span_id, agent_id, agent_name, error_type, message, stack, category, severity, retryable, attempts, suggested_fixes, time_ns"
);

/// The key of a child's row.
type ChildKey = (NaiveDate, TraceId, String);

/// Rows of all three tables, ready to be written.
pub(super) struct ChildRows {
    tables: [(Table, Rows, Vec<ChildKey>); 3],
    texts: TextRows,
}

/// Joins what the batch says of children into what is stored, and counts the new ones.
pub(super) async fn join(
    conn: &mut PgConnection,
    works: &mut [TraceWork<'_>],
    tallies: &mut [Tally],
) -> Result<ChildRows, StoreError> {
    let mut handoffs = Joined::new(HANDOFFS, 16);
    handoffs
        .read(conn, works, |work| &work.batch.handoffs)
        .await?;
    let mut events = Joined::new(EVENTS, 15);
    events.read(conn, works, |work| &work.batch.events).await?;
    let mut errors = Joined::new(ERRORS, 16);
    errors.read(conn, works, |work| &work.batch.errors).await?;
    let mut texts = TextRows::new();
    for work in works {
        let place = (work.row.day, work.id);
        let mut marks = Vec::new();
        work.row.handoff_count +=
            handoffs.join(place, &work.batch.handoffs, tallies, handoff_fields);
        work.row.event_count += events.join(place, &work.batch.events, tallies, |event, row| {
            marks.extend(texts::of_event(event));
            event_fields(event, row);
        });
        if !marks.is_empty() {
            texts.whole(place.0, place.1, marks);
        }
        work.row.error_count += errors.join(place, &work.batch.errors, tallies, error_fields);
    }
    Ok(ChildRows {
        tables: [handoffs, events, errors]
            .map(|joined| (joined.table, joined.rows, joined.replaced)),
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
        for (table, rows, replaced) in self.tables {
            for (day, trace_id, id) in replaced {
                let (traces, ids) = (vec![trace_id.as_bytes().as_slice()], vec![id]);
                sqlx::query(table.delete)
                    .bind(day)
                    .bind(&traces)
                    .bind(&ids)
                    .execute(&mut *conn)
                    .await?;
            }
            rows.send(conn, table.copy, refusals).await?;
        }
        self.texts.send(conn).await
    }
}

/// One table while its part of the batch is joined.
struct Joined {
    table: Table,
    stored: HashMap<(TraceId, String), i64>,
    rows: Rows,
    replaced: Vec<ChildKey>,
}

impl Joined {
    fn new(table: Table, columns: i16) -> Self {
        Self {
            table,
            stored: HashMap::new(),
            rows: Rows::new(columns),
            replaced: Vec::new(),
        }
    }

    /// Reads the hashes of those children of stored traces that are stored themselves.
    async fn read<T: 'static>(
        &mut self,
        conn: &mut PgConnection,
        works: &[TraceWork<'_>],
        of: impl for<'b> Fn(&TraceWork<'b>) -> &'b BTreeMap<String, Latest<T>>,
    ) -> Result<(), StoreError> {
        let mut days: BTreeMap<NaiveDate, (Vec<&[u8]>, Vec<&str>)> = BTreeMap::new();
        for work in works.iter().filter(|work| !work.is_new) {
            for id in of(work).keys() {
                let (traces, ids) = days.entry(work.row.day).or_default();
                traces.push(work.id.as_bytes());
                ids.push(id);
            }
        }
        for (day, (traces, ids)) in days {
            let rows: Vec<(Vec<u8>, String, i64)> = sqlx::query_as(self.table.load)
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
        mut fields: impl FnMut(&T, &mut crate::copy::Row<'_>),
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
            let mut row = self.rows.row(hash);
            row.date(day).bytes(trace_id.as_bytes()).text(id).i64(hash);
            fields(&child.record, &mut row);
        }
        new
    }
}

fn handoff_fields(handoff: &Handoff, row: &mut crate::copy::Row<'_>) {
    row.opt_bytes(handoff.span_id.as_ref().map(SpanId::as_bytes))
        .opt_text(handoff.source_agent_id.as_deref())
        .opt_text(handoff.source_agent_name.as_deref())
        .opt_text(handoff.target_agent_id.as_deref())
        .text(&handoff.target_agent_name)
        .i64(handoff.timestamp.nanos())
        .opt_i64(handoff.until.map(Timestamp::nanos))
        .opt_text(handoff.reason.as_deref())
        .opt_i16(handoff.mode.map(HandoffMode::code))
        .opt_text(handoff.rule.as_deref())
        .opt_text(handoff.context.as_ref().map(RawJson::get))
        .bool(!handoff.is_hint());
}

fn event_fields(event: &Event, row: &mut crate::copy::Row<'_>) {
    row.opt_bytes(event.span_id.as_ref().map(SpanId::as_bytes))
        .opt_text(event.agent_id.as_deref())
        .opt_text(event.agent_name.as_deref())
        .text(&event.event_type)
        .text(&event.event_name)
        .i16(event.severity.code())
        .opt_text(event.message.as_deref())
        .opt_text(event.data.as_ref().map(RawJson::get))
        .i64(event.timestamp.nanos())
        .opt_text(event.correlation_id.as_deref())
        .opt_text(event.cause.as_deref());
}

fn error_fields(error: &ErrorRecord, row: &mut crate::copy::Row<'_>) {
    row.opt_bytes(error.span_id.as_ref().map(SpanId::as_bytes))
        .opt_text(error.agent_id.as_deref())
        .opt_text(error.agent_name.as_deref())
        .text(&error.error_type)
        .text(&error.message)
        .opt_text(error.stack.as_deref())
        .i16(error.category.unwrap_or(ErrorCategory::Unknown).code())
        .i16(error.severity.unwrap_or(Severity::Error).code())
        .bool(error.retryable.unwrap_or_default())
        .opt_i32(error.attempts)
        .texts(&error.suggested_fixes)
        .i64(error.timestamp.nanos());
}
