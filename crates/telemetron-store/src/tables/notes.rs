//! What a trace has beside its spans: handoffs, events, errors.

use chrono::NaiveDate;

table! {
    /// A handoff. Where it was not said outright, `stands` and the agents between whom it is are found
    /// by the rule for hints, after the row is written.
    pub(crate) struct HandoffRow<'a> in handoffs, read by handoff_columns {
        key {
            day: NaiveDate,
            trace_id: &'a [u8],
            handoff_id: &'a str,
        }
        listed {
            span_id: Option<&'a [u8]>,
            source_agent_id: Option<&'a str>,
            source_agent_name: Option<&'a str>,
            target_agent_id: Option<&'a str>,
            target_agent_name: &'a str,
            time_ns: i64,
            until_ns: Option<i64>,
            reason: Option<&'a str>,
            mode: Option<i16>,
            rule: Option<&'a str>,
        }
        apart {
            hash: i64,
            context: Option<&'a str>,
            stands: bool,
        }
    }
}

table! {
    /// An event.
    pub(crate) struct EventRow<'a> in events, read by event_columns {
        key {
            day: NaiveDate,
            trace_id: &'a [u8],
            event_id: &'a str,
        }
        listed {
            span_id: Option<&'a [u8]>,
            agent_id: Option<&'a str>,
            agent_name: Option<&'a str>,
            event_type: &'a str,
            event_name: &'a str,
            severity: i16,
            message: Option<&'a str>,
            time_ns: i64,
            correlation_id: Option<&'a str>,
            cause: Option<&'a str>,
        }
        apart {
            hash: i64,
            data: Option<&'a str>,
        }
    }
}

table! {
    /// An error.
    pub(crate) struct ErrorRow<'a> in errors, read by error_columns {
        key {
            day: NaiveDate,
            trace_id: &'a [u8],
            error_id: &'a str,
        }
        listed {
            span_id: Option<&'a [u8]>,
            agent_id: Option<&'a str>,
            agent_name: Option<&'a str>,
            error_type: &'a str,
            message: &'a str,
            category: i16,
            severity: i16,
            retryable: bool,
            attempts: Option<i32>,
            suggested_fixes: &'a [String],
            time_ns: i64,
        }
        apart {
            hash: i64,
            stack: Option<&'a str>,
        }
    }
}
