//! Records of spans, made on the worker's thread.

use telemetron_model::RawJson;
use telemetron_model::record::{Record, Span, SpanKind};

use crate::core::{Call, Details, EndedSpan, Inner, SpanHead};

/// The small record of a span that has begun.
pub(crate) fn of_start(head: &SpanHead) -> Record {
    span(head).into()
}

/// The whole record of a span that has ended.
pub(crate) fn of_end(ended: EndedSpan) -> Record {
    let EndedSpan {
        head,
        details,
        status,
        end,
    } = ended;
    let mut span = span(&head);
    span.status = status;
    span.end_time = Some(end);
    describe(&mut span, details);
    span.into()
}

fn span(head: &SpanHead) -> Span {
    let trace = &head.trace;
    let kind = head.kind;
    let mut span = Span::started(
        trace.trace_id,
        head.span_id,
        head.name.as_ref(),
        kind,
        head.start.time,
    );
    span.parent_span_id = head.parent_id();
    if let Some(agent) = &head.agent {
        span.agent_id = agent.id.as_deref().map(str::to_owned);
        span.agent_name = Some(agent.name.to_string());
    }
    span.model = (kind == SpanKind::Llm).then(|| head.name.to_string());
    span.tool_name = (kind == SpanKind::Tool).then(|| head.name.to_string());
    span.session_id.clone_from(&trace.session_id);
    span.user_id.clone_from(&trace.user_id);
    span.project = trace.collector.project().map(str::to_owned);
    span.resource = trace.collector.resource().cloned();
    span
}

fn describe(span: &mut Span, details: Details) {
    span.input_data = details.input;
    span.output_data = details.output;
    span.attributes = details.attributes.to_json();
    span.token_usage = details.tokens;
    span.cost_usd = details.cost;
    span.error = details.error.map(|error| *error);
    if !details.links.is_empty() {
        span.links = RawJson::of(&details.links);
    }
    if let Some(call) = details.call {
        describe_call(span, *call);
    }
    if let Some(inner) = details.inner {
        let Inner {
            llm_calls,
            tool_calls,
        } = *inner;
        span.llm_calls = llm_calls;
        span.tool_calls = tool_calls;
    }
}

fn describe_call(span: &mut Span, call: Call) {
    span.provider = call.provider;
    span.parameters = call.parameters;
    span.time_to_first_token_ns = call.time_to_first_token_ns;
    span.finish_reason = call.finish_reason;
    span.tool_call_id = call.tool_call_id;
}
