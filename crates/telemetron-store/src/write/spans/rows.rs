//! Rows of spans and their embedded calls on their way into the database.

use serde::Serialize;
use sqlx::PgConnection;
use telemetron_model::fold::Folded;
use telemetron_model::record::{Span, TimeSource};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp};

use super::SpanKey;
use crate::StoreError;
use crate::copy::Rows;
use crate::refused::Refusals;
use crate::tables::{Jsonb, LlmCallRow, SpanRow, ToolCallRow};
use crate::write::batch::{Payload, Payloads};

/// Rows of spans and their embedded calls on their way into the database.
pub(in crate::write) struct SpanRows {
    spans: Rows,
    llm_calls: Rows,
    tool_calls: Rows,
}

impl SpanRows {
    pub(in crate::write) fn new() -> Self {
        Self {
            spans: Rows::of::<SpanRow<'_>>(),
            llm_calls: Rows::of::<LlmCallRow<'_>>(),
            tool_calls: Rows::of::<ToolCallRow<'_>>(),
        }
    }

    /// Adds a span with the times of its state, whether its tokens count, and the agent that it
    /// inherits.
    pub(in crate::write) fn add(
        &mut self,
        key: SpanKey,
        state: &Folded<&Span>,
        payloads: &Payloads,
        (counts, inherited): (bool, Option<&str>),
    ) {
        let SpanKey {
            day,
            trace_id,
            span_id,
        } = key;
        let span = state.body;
        let usage = span.token_usage;
        let row = SpanRow {
            day,
            trace_id: trace_id.as_bytes(),
            span_id: span_id.as_bytes(),
            parent_span_id: span.parent_span_id.as_ref().map(SpanId::as_bytes),
            kind: span.span_kind.code(),
            status: span.status.code(),
            start_ns: state.start.nanos(),
            end_ns: state.end.map(Timestamp::nanos),
            rank_end: state.rank.end.map(Timestamp::nanos),
            rank_hash: state.rank.hash,
            counts,
            name: &span.name,
            agent_id: span.agent_id.as_deref(),
            agent_name: span.agent_name.as_deref(),
            inherited_agent: inherited,
            session_id: span.session_id.as_deref(),
            user_id: span.user_id.as_deref(),
            project: span.project.as_deref(),
            model: span.model.as_deref(),
            provider: span.provider.as_deref(),
            parameters: raw(&span.parameters),
            ttft_ns: span.time_to_first_token_ns,
            finish_reason: span.finish_reason.as_deref(),
            tool_name: span.tool_name.as_deref(),
            tool_call_id: span.tool_call_id.as_deref(),
            input_bytes: payloads.input.as_ref().map(|payload| payload.bytes),
            output_bytes: payloads.output.as_ref().map(|payload| payload.bytes),
            input_tokens: usage.map(|usage| usage.input),
            output_tokens: usage.map(|usage| usage.output),
            total_tokens: usage.map(|usage| usage.total),
            cached_tokens: usage.map(|usage| usage.cached),
            reasoning_tokens: usage.map(|usage| usage.reasoning),
            cost: span.cost_usd.map(NanoUsd::nanos),
            llm_call_count: count(span.llm_calls.len()),
            tool_call_count: count(span.tool_calls.len()),
            error: span.error.as_ref().and_then(json),
            events: raw(&span.events),
            links: raw(&span.links),
            resource: span.resource.as_ref().and_then(json),
            time_source: span.time_source.map(TimeSource::code),
            input: frame(&payloads.input),
            output: frame(&payloads.output),
            attributes: raw(&span.attributes).map(Jsonb),
        };
        self.spans.add(state.rank.hash, &row);
        self.add_calls(key, state, payloads);
    }

    fn add_calls(&mut self, key: SpanKey, state: &Folded<&Span>, payloads: &Payloads) {
        let SpanKey {
            day,
            trace_id,
            span_id,
        } = key;
        let (trace_id, span_id) = (trace_id.as_bytes(), span_id.as_bytes());
        let (span, hash) = (state.body, state.rank.hash);
        let llm_calls = span.llm_calls.iter().zip(&payloads.llm_calls);
        for (idx, (call, [messages, response])) in (0..).zip(llm_calls) {
            let usage = call.token_usage;
            let row = LlmCallRow {
                day,
                trace_id,
                span_id,
                idx,
                model: &call.model,
                provider: call.provider.as_deref(),
                parameters: raw(&call.parameters),
                input_tokens: usage.map(|usage| usage.input),
                output_tokens: usage.map(|usage| usage.output),
                total_tokens: usage.map(|usage| usage.total),
                cached_tokens: usage.map(|usage| usage.cached),
                reasoning_tokens: usage.map(|usage| usage.reasoning),
                cost: call.cost_usd.map(NanoUsd::nanos),
                latency_ns: call.latency_ns,
                ttft_ns: call.time_to_first_token_ns,
                finish_reason: call.finish_reason.as_deref(),
                error: call.error.as_deref(),
                messages: frame(messages),
                response: frame(response),
            };
            self.llm_calls.add(hash, &row);
        }
        let tool_calls = span.tool_calls.iter().zip(&payloads.tool_calls);
        for (idx, (call, [arguments, result])) in (0..).zip(tool_calls) {
            let row = ToolCallRow {
                day,
                trace_id,
                span_id,
                idx,
                tool_name: &call.tool_name,
                call_id: call.call_id.as_deref(),
                duration_ns: call.duration_ns,
                error: call.error.as_deref(),
                arguments: frame(arguments),
                result: frame(result),
            };
            self.tool_calls.add(hash, &row);
        }
    }

    /// Copies the rows.
    pub(in crate::write) async fn send(
        self,
        conn: &mut PgConnection,
        refusals: &mut Refusals,
    ) -> Result<(), StoreError> {
        self.spans.send(conn, refusals).await?;
        self.llm_calls.send(conn, refusals).await?;
        self.tool_calls.send(conn, refusals).await
    }
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn frame(payload: &Option<Payload>) -> Option<&[u8]> {
    payload.as_ref().map(|payload| payload.frame.as_slice())
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    RawJson::of(value).map(|json| json.get().to_owned())
}

fn raw(json: &Option<RawJson>) -> Option<&str> {
    json.as_ref().map(RawJson::get)
}
