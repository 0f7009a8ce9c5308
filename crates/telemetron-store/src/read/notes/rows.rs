//! The three sorts of notes: their questions and their rows.

use sqlx::postgres::PgRow;
use telemetron_model::TraceId;
use telemetron_model::fold::handoffs::StandingHandoff;
use telemetron_model::record::{ErrorCategory, HandoffMode, Severity};
use telemetron_view::{ErrorView, EventView, HandoffView};

use super::{Note, NoteKey};
use crate::StoreError;
use crate::read::cells::Cells;

/// The question for a sort: its columns and what is made of them, its table with what holds of its rows,
/// its id, and the column of what it carries along.
macro_rules! earliest {
    ($columns:ident, $made:literal, $table:literal, $id:literal, $carried:literal) => {
        concat!(
            "SELECT ",
            $columns!(),
            $made,
            ", octet_length(",
            $carried,
            ") AS carried_bytes,
               CASE WHEN sum(COALESCE(octet_length(",
            $carried,
            "), 0)) OVER earlier <= $4 OR ($7 AND row_number() OVER earlier = 1) THEN ",
            $carried,
            " END AS carried FROM ",
            $table,
            " AND day = $1 AND trace_id = $2
               AND ($5::bigint IS NULL OR (time_ns, ",
            $id,
            ", trace_id) > ($5, $6::text, $8::bytea))
             WINDOW earlier AS (ORDER BY time_ns, ",
            $id,
            ", trace_id ROWS UNBOUNDED PRECEDING)
             ORDER BY time_ns, ",
            $id,
            ", trace_id LIMIT $3"
        )
    };
}

impl Note for EventView {
    const LIST: &'static str = "events";
    const SQL: &'static str = earliest!(event_columns, "", "events WHERE true", "event_id", "data");

    fn read(row: &PgRow, trace_id: Option<TraceId>) -> Result<Self, StoreError> {
        let cells = Cells::of(row, "events");
        Ok(Self {
            event_id: cells.get("event_id")?,
            trace_id,
            span_id: cells.opt_span_id("span_id")?,
            agent_id: cells.get("agent_id")?,
            agent_name: cells.get("agent_name")?,
            event_type: cells.get("event_type")?,
            event_name: cells.get("event_name")?,
            severity: cells.word("severity", Severity::from_code)?,
            message: cells.get("message")?,
            data: cells.json("carried")?,
            data_bytes: cells.get("carried_bytes")?,
            timestamp: cells.instant("time_ns")?,
            correlation_id: cells.get("correlation_id")?,
            cause: cells.get("cause")?,
        })
    }

    fn key(&self, trace_id: TraceId) -> NoteKey {
        NoteKey {
            time_ns: self.timestamp.0.nanos(),
            id: self.event_id.clone(),
            trace_id,
        }
    }

    fn is_cut(&self) -> bool {
        self.data_bytes.is_some() && self.data.is_none()
    }
}

impl Note for HandoffView {
    const LIST: &'static str = "handoffs";
    const SQL: &'static str = earliest!(
        handoff_columns,
        ", COALESCE(from_agent, source_agent_name, '') AS source,
         COALESCE(to_agent, target_agent_name) AS target",
        "handoffs WHERE stands",
        "handoff_id",
        "context"
    );

    fn read(row: &PgRow, trace_id: Option<TraceId>) -> Result<Self, StoreError> {
        let cells = Cells::of(row, "handoffs");
        Ok(Self {
            handoff_id: cells.get("handoff_id")?,
            trace_id,
            span_id: cells.opt_span_id("span_id")?,
            source_agent_id: cells.get("source_agent_id")?,
            source_agent_name: cells.get("source")?,
            target_agent_id: cells.get("target_agent_id")?,
            target_agent_name: cells.get("target")?,
            timestamp: cells.instant("time_ns")?,
            reason: cells.get("reason")?,
            mode: cells.opt_word("mode", HandoffMode::from_code)?,
            rule: cells.get("rule")?,
            context: cells.json("carried")?,
            context_bytes: cells.get("carried_bytes")?,
        })
    }

    fn key(&self, trace_id: TraceId) -> NoteKey {
        NoteKey {
            time_ns: self.timestamp.0.nanos(),
            id: self.handoff_id.clone(),
            trace_id,
        }
    }

    fn is_cut(&self) -> bool {
        self.context_bytes.is_some() && self.context.is_none()
    }

    fn is_between(&mut self, passed: &StandingHandoff) {
        self.source_agent_name.clone_from(&passed.source);
        self.target_agent_name.clone_from(&passed.target);
    }
}

impl Note for ErrorView {
    const LIST: &'static str = "errors";
    const SQL: &'static str =
        earliest!(error_columns, "", "errors WHERE true", "error_id", "stack");

    fn read(row: &PgRow, trace_id: Option<TraceId>) -> Result<Self, StoreError> {
        let cells = Cells::of(row, "errors");
        Ok(Self {
            error_id: cells.get("error_id")?,
            trace_id,
            span_id: cells.opt_span_id("span_id")?,
            agent_id: cells.get("agent_id")?,
            agent_name: cells.get("agent_name")?,
            error_type: cells.get("error_type")?,
            message: cells.get("message")?,
            stack: cells.get("carried")?,
            stack_bytes: cells.get("carried_bytes")?,
            category: cells.word("category", ErrorCategory::from_code)?,
            severity: cells.word("severity", Severity::from_code)?,
            retryable: cells.get("retryable")?,
            attempts: cells.get("attempts")?,
            suggested_fixes: cells.get("suggested_fixes")?,
            timestamp: cells.instant("time_ns")?,
        })
    }

    fn key(&self, trace_id: TraceId) -> NoteKey {
        NoteKey {
            time_ns: self.timestamp.0.nanos(),
            id: self.error_id.clone(),
            trace_id,
        }
    }

    fn is_cut(&self) -> bool {
        self.stack_bytes.is_some() && self.stack.is_none()
    }
}
