//! Spans, the calls that are embedded in them, and the words that are searched.

use chrono::NaiveDate;

use super::Jsonb;

table! {
    /// A span. `counts` and `inherited_agent` are derived from those above it.
    pub(crate) struct SpanRow<'a> in spans, read by span_columns {
        key {
            day: NaiveDate,
            trace_id: &'a [u8],
            span_id: &'a [u8],
        }
        listed {
            parent_span_id: Option<&'a [u8]>,
            kind: i16,
            status: i16,
            start_ns: i64,
            end_ns: Option<i64>,
            rank_end: Option<i64>,
            rank_hash: i64,
            counts: bool,
            name: &'a str,
            agent_id: Option<&'a str>,
            agent_name: Option<&'a str>,
            inherited_agent: Option<&'a str>,
            session_id: Option<&'a str>,
            user_id: Option<&'a str>,
            project: Option<&'a str>,
            model: Option<&'a str>,
            provider: Option<&'a str>,
            parameters: Option<&'a str>,
            ttft_ns: Option<i64>,
            finish_reason: Option<&'a str>,
            tool_name: Option<&'a str>,
            tool_call_id: Option<&'a str>,
            input_bytes: Option<i32>,
            output_bytes: Option<i32>,
            input_tokens: Option<i64>,
            output_tokens: Option<i64>,
            total_tokens: Option<i64>,
            cached_tokens: Option<i64>,
            reasoning_tokens: Option<i64>,
            cost: Option<i64>,
            llm_call_count: i32,
            tool_call_count: i32,
            error: Option<String>,
            events: Option<&'a str>,
            links: Option<&'a str>,
            resource: Option<String>,
            time_source: Option<i16>,
        }
        apart {
            input: Option<&'a [u8]>,
            output: Option<&'a [u8]>,
            attributes: Option<Jsonb<'a>>,
        }
    }
}

table! {
    /// A call of a model that has no span of its own.
    pub(crate) struct LlmCallRow<'a> in llm_calls, read by llm_call_columns {
        key {
            day: NaiveDate,
            trace_id: &'a [u8],
            span_id: &'a [u8],
            idx: i32,
        }
        listed {
            model: &'a str,
            provider: Option<&'a str>,
            parameters: Option<&'a str>,
            input_tokens: Option<i64>,
            output_tokens: Option<i64>,
            total_tokens: Option<i64>,
            cached_tokens: Option<i64>,
            reasoning_tokens: Option<i64>,
            cost: Option<i64>,
            latency_ns: Option<i64>,
            ttft_ns: Option<i64>,
            finish_reason: Option<&'a str>,
            error: Option<&'a str>,
        }
        apart {
            messages: Option<&'a [u8]>,
            response: Option<&'a [u8]>,
        }
    }
}

table! {
    /// A call of a tool that has no span of its own.
    pub(crate) struct ToolCallRow<'a> in tool_calls, read by tool_call_columns {
        key {
            day: NaiveDate,
            trace_id: &'a [u8],
            span_id: &'a [u8],
            idx: i32,
        }
        listed {
            tool_name: &'a str,
            call_id: Option<&'a str>,
            duration_ns: Option<i64>,
            error: Option<&'a str>,
        }
        apart {
            arguments: Option<&'a [u8]>,
            result: Option<&'a [u8]>,
        }
    }
}

table! {
    /// The words of some spans of a trace; of the trace itself where it names no span.
    pub(crate) struct SpanTextRow<'a> in span_texts {
        key {
            day: NaiveDate,
            trace_id: &'a [u8],
        }
        listed {
            span_ids: &'a [&'a [u8]],
            marks: &'a [u8],
        }
        apart {}
    }
}
