//! What a trace is answered with, back to the records that it was made of.

use telemetron_model::RawJson;
use telemetron_model::record::{
    ErrorRecord, Event, Handoff, LlmCall, Record, Span, ToolCall, Trace,
};
use telemetron_model::{Rfc3339, TraceId};
use telemetron_view::{
    ErrorView, EventView, HandoffView, LlmCallView, SpanView, ToolCallView, TraceDetail,
};

use super::{Calls, WholeTrace};

/// The records of a trace: itself where it said something, its spans, and what happened in them.
pub(super) fn of(whole: &WholeTrace) -> Vec<Record> {
    let answer = &whole.answer;
    let id = answer.trace.summary.trace_id;
    let spans = answer.spans.iter().map(|view| {
        let calls = whole.calls.get(&view.span_id);
        Record::from(span(view, calls.cloned().unwrap_or_default()))
    });
    let said = says_something(whole).then(|| Record::from(trace(&answer.trace)));
    let handoffs = answer.handoffs.iter().map(|view| handoff(id, view).into());
    let events = answer.events.iter().map(|view| event(id, view).into());
    let errors = answer.errors.iter().map(|view| error(id, view).into());
    said.into_iter()
        .chain(spans)
        .chain(handoffs)
        .chain(events)
        .chain(errors)
        .collect()
}

/// Whether the trace was told of by a record of its own, as far as the answer shows.
fn says_something(whole: &WholeTrace) -> bool {
    let detail = &whole.answer.trace;
    let name = detail.summary.name.as_deref();
    let named_after_span = || {
        whole
            .answer
            .spans
            .iter()
            .any(|span| Some(&*span.name) == name)
    };
    detail.metadata.is_some()
        || detail.reported_tokens.is_some()
        || detail.reported_cost_usd.is_some()
        || (name.is_some() && !named_after_span())
}

fn trace(detail: &TraceDetail) -> Trace {
    let summary = &detail.summary;
    Trace {
        name: summary.name.clone(),
        status: summary.status,
        end_time: instant(summary.end_time),
        time_source: Some(summary.time_source),
        session_id: summary.session_id.clone(),
        user_id: summary.user_id.clone(),
        project: summary.project.clone(),
        root_agent_id: detail.root_agent_id.clone(),
        root_agent_name: summary.root_agent.clone(),
        user_input: detail.user_input.clone(),
        final_output: detail.final_output.clone(),
        error: detail.error.clone(),
        reported_tokens: detail.reported_tokens,
        reported_cost_usd: detail.reported_cost_usd,
        metadata: detail.metadata.clone(),
        ..Trace::opened(summary.trace_id, summary.start_time.0)
    }
}

fn span(view: &SpanView, calls: Calls) -> Span {
    let view = view.clone();
    Span {
        parent_span_id: view.parent_span_id,
        status: view.status,
        end_time: view.end_time.map(|time| time.0),
        time_source: Some(view.time_source),
        agent_id: view.agent_id,
        agent_name: view.agent_name,
        session_id: view.session_id,
        user_id: view.user_id,
        project: view.project,
        model: view.model,
        provider: view.provider,
        parameters: view.parameters,
        time_to_first_token_ns: view.time_to_first_token_ms.map(nanos),
        finish_reason: view.finish_reason,
        tool_name: view.tool_name,
        tool_call_id: view.tool_call_id,
        input_data: view.input_data,
        output_data: view.output_data,
        token_usage: view.token_usage,
        cost_usd: view.cost_usd,
        llm_calls: calls.llm.into_iter().map(llm_call).collect(),
        tool_calls: calls.tool.into_iter().map(tool_call).collect(),
        error: view.error,
        attributes: view.attributes,
        events: view.events,
        links: view.links,
        resource: view.resource,
        ..Span::started(
            view.trace_id,
            view.span_id,
            view.name,
            view.span_kind,
            view.start_time.0,
        )
    }
}

fn llm_call(view: LlmCallView) -> LlmCall {
    LlmCall {
        model: view.model,
        provider: view.provider,
        messages: view.messages,
        response: view.response,
        parameters: view.parameters,
        token_usage: view.token_usage,
        cost_usd: view.cost_usd,
        latency_ns: view.latency_ms.map(nanos),
        time_to_first_token_ns: view.time_to_first_token_ms.map(nanos),
        finish_reason: view.finish_reason,
        error: view.error,
    }
}

fn tool_call(view: ToolCallView) -> ToolCall {
    ToolCall {
        tool_name: view.tool_name,
        call_id: view.call_id,
        arguments: view.arguments,
        result: view.result,
        duration_ns: view.duration_ms.map(nanos),
        error: view.error,
    }
}

fn handoff(trace_id: TraceId, view: &HandoffView) -> Handoff {
    Handoff {
        handoff_id: view.handoff_id.clone(),
        trace_id,
        span_id: view.span_id,
        source_agent_id: view.source_agent_id.clone(),
        source_agent_name: Some(view.source_agent_name.clone()),
        target_agent_id: view.target_agent_id.clone(),
        target_agent_name: view.target_agent_name.clone(),
        timestamp: view.timestamp.0,
        until: None,
        reason: view.reason.clone(),
        mode: view.mode,
        rule: view.rule.clone(),
        context: view.context.clone(),
    }
}

fn event(trace_id: TraceId, view: &EventView) -> Event {
    Event {
        event_id: Some(view.event_id.clone()),
        trace_id: Some(trace_id),
        span_id: view.span_id,
        agent_id: view.agent_id.clone(),
        agent_name: view.agent_name.clone(),
        event_type: view.event_type.clone(),
        event_name: view.event_name.clone(),
        severity: view.severity,
        message: view.message.clone(),
        data: view.data.clone().filter(|data| !RawJson::is_empty(data)),
        timestamp: view.timestamp.0,
        correlation_id: view.correlation_id.clone(),
        cause: view.cause.clone(),
    }
}

fn error(trace_id: TraceId, view: &ErrorView) -> ErrorRecord {
    ErrorRecord {
        error_id: Some(view.error_id.clone()),
        trace_id,
        span_id: view.span_id,
        agent_id: view.agent_id.clone(),
        agent_name: view.agent_name.clone(),
        error_type: view.error_type.clone(),
        message: view.message.clone(),
        stack: view.stack.clone(),
        category: Some(view.category),
        severity: Some(view.severity),
        retryable: Some(view.retryable),
        attempts: view.attempts,
        suggested_fixes: view.suggested_fixes.clone(),
        timestamp: view.timestamp.0,
    }
}

fn instant(time: Option<Rfc3339>) -> Option<telemetron_model::Timestamp> {
    time.map(|time| time.0)
}

#[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
fn nanos(millis: f64) -> i64 {
    (millis * 1e6).round() as i64
}
