//! Rows of spans and their embedded calls on their way into the database.

use sqlx::PgConnection;
use telemetron_model::fold::Folded;
use telemetron_model::record::{Span, TimeSource};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp};

use super::SpanKey;
use crate::StoreError;
use crate::copy::Rows;
use crate::refused::Refusals;
use crate::write::batch::Payloads;

/// Rows of spans and their embedded calls on their way into the database.
pub(in crate::write) struct SpanRows {
    spans: Rows,
    llm_calls: Rows,
    tool_calls: Rows,
}

impl SpanRows {
    pub(in crate::write) fn new() -> Self {
        Self {
            spans: Rows::new(43),
            llm_calls: Rows::new(19),
            tool_calls: Rows::new(10),
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
        let (day, trace_id, span_id) = key;
        let span = state.body;
        let usage = span.token_usage;
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let json = |value: Option<RawJson>| value.map(|json| json.get().to_owned());
        let mut row = self.spans.row(state.rank.hash);
        row.date(day)
            .bytes(trace_id.as_bytes())
            .bytes(span_id.as_bytes())
            .opt_bytes(span.parent_span_id.as_ref().map(SpanId::as_bytes))
            .i16(span.span_kind.code())
            .i16(span.status.code())
            .i64(state.start.nanos())
            .opt_i64(state.end.map(Timestamp::nanos))
            .opt_i64(state.rank.end.map(Timestamp::nanos))
            .i64(state.rank.hash)
            .bool(counts)
            .text(&span.name)
            .opt_text(span.agent_id.as_deref())
            .opt_text(span.agent_name.as_deref())
            .opt_text(span.session_id.as_deref())
            .opt_text(span.user_id.as_deref())
            .opt_text(span.project.as_deref())
            .opt_text(span.model.as_deref())
            .opt_text(span.provider.as_deref())
            .opt_text(raw(&span.parameters))
            .opt_i64(span.time_to_first_token_ns)
            .opt_text(span.finish_reason.as_deref())
            .opt_text(span.tool_name.as_deref())
            .opt_text(span.tool_call_id.as_deref())
            .opt_bytes(payloads.input.as_ref().map(|payload| &payload.frame))
            .opt_i32(payloads.input.as_ref().map(|payload| payload.bytes))
            .opt_bytes(payloads.output.as_ref().map(|payload| &payload.frame))
            .opt_i32(payloads.output.as_ref().map(|payload| payload.bytes));
        row.opt_i64(usage.map(|usage| usage.input))
            .opt_i64(usage.map(|usage| usage.output))
            .opt_i64(usage.map(|usage| usage.total))
            .opt_i64(usage.map(|usage| usage.cached))
            .opt_i64(usage.map(|usage| usage.reasoning))
            .opt_i64(span.cost_usd.map(NanoUsd::nanos))
            .i32(count(span.llm_calls.len()))
            .i32(count(span.tool_calls.len()))
            .opt_text(json(span.error.as_ref().and_then(RawJson::of)).as_deref())
            .opt_jsonb(raw(&span.attributes))
            .opt_text(raw(&span.events))
            .opt_text(raw(&span.links))
            .opt_text(json(span.resource.as_ref().and_then(RawJson::of)).as_deref())
            .opt_i16(span.time_source.map(TimeSource::code))
            .opt_text(inherited);
        self.add_calls(key, state, payloads);
    }

    fn add_calls(&mut self, key: SpanKey, state: &Folded<&Span>, payloads: &Payloads) {
        let (day, trace_id, span_id) = key;
        let (span, hash) = (state.body, state.rank.hash);
        for (idx, (call, [messages, response])) in
            (0..).zip(span.llm_calls.iter().zip(&payloads.llm_calls))
        {
            let usage = call.token_usage;
            self.llm_calls
                .row(hash)
                .date(day)
                .bytes(trace_id.as_bytes())
                .bytes(span_id.as_bytes())
                .i32(idx)
                .text(&call.model)
                .opt_text(call.provider.as_deref())
                .opt_text(raw(&call.parameters))
                .opt_bytes(messages.as_ref().map(|payload| &payload.frame))
                .opt_bytes(response.as_ref().map(|payload| &payload.frame))
                .opt_i64(usage.map(|usage| usage.input))
                .opt_i64(usage.map(|usage| usage.output))
                .opt_i64(usage.map(|usage| usage.total))
                .opt_i64(usage.map(|usage| usage.cached))
                .opt_i64(usage.map(|usage| usage.reasoning))
                .opt_i64(call.cost_usd.map(NanoUsd::nanos))
                .opt_i64(call.latency_ns)
                .opt_i64(call.time_to_first_token_ns)
                .opt_text(call.finish_reason.as_deref())
                .opt_text(call.error.as_deref());
        }
        for (idx, (call, [arguments, result])) in
            (0..).zip(span.tool_calls.iter().zip(&payloads.tool_calls))
        {
            self.tool_calls
                .row(hash)
                .date(day)
                .bytes(trace_id.as_bytes())
                .bytes(span_id.as_bytes())
                .i32(idx)
                .text(&call.tool_name)
                .opt_text(call.call_id.as_deref())
                .opt_bytes(arguments.as_ref().map(|payload| &payload.frame))
                .opt_bytes(result.as_ref().map(|payload| &payload.frame))
                .opt_i64(call.duration_ns)
                .opt_text(call.error.as_deref());
        }
    }

    /// Copies the rows.
    pub(in crate::write) async fn send(
        self,
        conn: &mut PgConnection,
        refusals: &mut Refusals,
    ) -> Result<(), StoreError> {
        self.spans
            .send(
                conn,
                "COPY spans (day, trace_id, span_id, parent_span_id, kind, status, start_ns, end_ns, rank_end,
                     rank_hash, counts, name, agent_id, agent_name, session_id, user_id, project, model, provider,
                     parameters, ttft_ns, finish_reason, tool_name, tool_call_id, input, input_bytes, output,
                     output_bytes, input_tokens, output_tokens, total_tokens, cached_tokens, reasoning_tokens, cost,
                     llm_call_count, tool_call_count, error, attributes, events, links, resource, time_source,
                     inherited_agent)
                 FROM STDIN (FORMAT binary)",
                refusals,
            )
            .await?;
        self.llm_calls
            .send(
                conn,
                "COPY llm_calls (day, trace_id, span_id, idx, model, provider, parameters, messages, response,
                     input_tokens, output_tokens, total_tokens, cached_tokens, reasoning_tokens, cost, latency_ns,
                     ttft_ns, finish_reason, error)
                 FROM STDIN (FORMAT binary)",
                refusals,
            )
            .await?;
        self.tool_calls
            .send(
                conn,
                "COPY tool_calls (day, trace_id, span_id, idx, tool_name, call_id, arguments, result, duration_ns, error)
                 FROM STDIN (FORMAT binary)",
                refusals,
            )
            .await?;
        Ok(())
    }
}

fn raw(json: &Option<RawJson>) -> Option<&str> {
    json.as_ref().map(RawJson::get)
}
