//! Traces: one row each, changed with every batch that says something of them.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::FromRow;
use telemetron_model::RawJson;

use super::Bytea;

table! {
    /// What the fold reads and writes of a trace.
    #[derive(Debug, Clone, Default, FromRow, Serialize)]
    pub(crate) struct TraceRow in traces, changed, read by trace_columns {
        key {
            trace_id: Bytea,
            day: NaiveDate,
            first_seen_ns: i64,
            truncated: bool,
        }
        listed {
            last_seen_ns: i64,
            status: i16,
            start_ns: i64,
            end_ns: Option<i64>,
            report_status: Option<i16>,
            report_rank_end: Option<i64>,
            report_hash: Option<i64>,
            report_start_ns: Option<i64>,
            report_end_ns: Option<i64>,
            session_id: Option<String>,
            user_id: Option<String>,
            project: Option<String>,
            claims: Option<Bytea>,
            spans_start_ns: Option<i64>,
            spans_end_ns: Option<i64>,
            lead_span_id: Option<Bytea>,
            lead_has_parent: Option<bool>,
            lead_start_ns: Option<i64>,
            lead_end_ns: Option<i64>,
            lead_status: Option<i16>,
            lead_name: Option<String>,
            lead_agent: Option<String>,
            agents: Vec<String>,
            models: Vec<String>,
            tools: Vec<String>,
            span_count: i64,
            running_count: i64,
            failed_count: i64,
            llm_call_count: i64,
            tool_call_count: i64,
            event_count: i64,
            handoff_count: i64,
            hint_count: i64,
            error_count: i64,
            input_tokens: i64,
            output_tokens: i64,
            total_tokens: i64,
            cached_tokens: i64,
            reasoning_tokens: i64,
            cost: i64,
        }
        apart {}
    }
}

table! {
    /// What comes whole from the record that describes a trace.
    #[derive(Debug, Serialize)]
    pub(crate) struct ReportRow in traces, only changed, read by report_columns {
        key {
            trace_id: Bytea,
        }
        listed {
            name: Option<String>,
            root_agent_id: Option<String>,
            root_agent_name: Option<String>,
            reported_tokens: Option<String>,
            reported_cost: Option<i64>,
            time_source: Option<i16>,
        }
        apart {
            user_input: Option<Bytea>,
            final_output: Option<Bytea>,
            error: Option<String>,
            metadata: Option<RawJson>,
        }
    }
}
