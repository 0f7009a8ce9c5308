//! The record of a span.

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use telemetron_model::record::{LlmCall, Span, SpanKind, Status};

use super::span_core::SpanCore;
use super::{Scope, events, failure, name, raw};
use crate::dialect::SemanticFields;
use crate::{SpanSource, bounds, cut};

/// The small record of a span whose start was announced.
pub(super) fn started(
    source: &SpanSource<'_>,
    core: &SpanCore,
    fields: SemanticFields,
    scope: &Scope<'_>,
) -> Span {
    let mut span = head(source, core, scope);
    describe(&mut span, fields);
    span.input_data = None;
    span.output_data = None;
    span.parameters = None;
    span.token_usage = None;
    span.cost_usd = None;
    span
}

/// The whole record of a span; one without an end still runs, unless it failed.
pub(super) fn ended(
    source: &SpanSource<'_>,
    core: &SpanCore,
    mut fields: SemanticFields,
    scope: &Scope<'_>,
) -> Span {
    let mut span = head(source, core, scope);
    let failure = failure::of(source, &mut fields);
    span.status = match (&failure, core.end) {
        (Some(_), _) => Status::Failed,
        (None, Some(_)) => Status::Completed,
        (None, None) => Status::Running,
    };
    span.end_time = core.end.or_else(|| failure.as_ref().map(|_| core.start));
    span.error = failure;
    span.events = events::of(&source.span.events);
    span.links = events::links(&source.span.links);
    let marks = raw::Marks::of(&mut fields);
    let payloads = [fields.input.as_ref(), fields.output.as_ref()];
    span.attributes = raw::attributes(source, &marks, scope, payloads);
    let adds_up = fields.adds_up;
    describe(&mut span, fields);
    if adds_up {
        span.llm_calls.extend(summed(&span));
    }
    if cut::payload_bytes(&span) > cut::MAX_PAYLOAD_BYTES {
        span.attributes = raw::cut_attributes(source, &marks, scope);
        cut::fit_span(&mut span);
    }
    span
}

fn head(source: &SpanSource<'_>, core: &SpanCore, scope: &Scope<'_>) -> Span {
    let name = cut::cut_text(&name::of(source), MAX_NAME_BYTES);
    let mut span = Span::started(
        core.trace_id,
        core.span_id,
        name,
        SpanKind::Chain,
        core.start,
    );
    span.parent_span_id = core.parent;
    span.project.clone_from(&scope.origin.project);
    span.resource.clone_from(&scope.origin.resource);
    span
}

/// Longest name of a span.
const MAX_NAME_BYTES: usize = 1024;

/// Moves what the dialect understood into the record.
fn describe(span: &mut Span, fields: SemanticFields) {
    span.span_kind = fields.kind.unwrap_or(SpanKind::Chain);
    span.agent_id = bounds::id(fields.agent_id);
    span.agent_name = bounds::id(fields.agent_name);
    span.session_id = bounds::id(fields.session_id);
    span.user_id = bounds::id(fields.user_id);
    if let Some(project) = bounds::id(fields.project) {
        span.project = Some(project);
    }
    span.model = bounds::id(fields.model);
    span.provider = bounds::id(fields.provider);
    span.parameters = fields.parameters;
    span.time_to_first_token_ns = fields.time_to_first_token_ns;
    span.finish_reason = bounds::id(fields.finish_reason);
    span.tool_name = bounds::id(fields.tool_name);
    span.tool_call_id = bounds::id(fields.tool_call_id);
    span.input_data = fields.input;
    span.output_data = fields.output;
    span.token_usage = bounds::usage(fields.usage);
    span.cost_usd = bounds::cost(fields.cost);
}

/// The calls of models that an agent made, as one, where nobody tells more of them than their sum.
fn summed(span: &Span) -> Option<LlmCall> {
    let usage = span.token_usage.filter(|usage| usage.total > 0)?;
    Some(LlmCall {
        model: span.model.clone()?,
        provider: span.provider.clone(),
        messages: None,
        response: None,
        parameters: None,
        token_usage: Some(usage),
        cost_usd: span.cost_usd,
        latency_ns: None,
        time_to_first_token_ns: None,
        finish_reason: None,
        error: None,
    })
}

/// The status that OTLP names; a code nobody knows is none.
pub(super) fn status_code(source: &SpanSource<'_>) -> StatusCode {
    let code = source.span.status.as_ref().map_or(0, |status| status.code);
    StatusCode::try_from(code).unwrap_or_default()
}
