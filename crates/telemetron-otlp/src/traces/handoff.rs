//! Handoffs that a span tells of. Which of them stand is decided where the whole trace is known.
//!
//! Ids follow from the span, so that a span that is sent again repeats its handoffs.

use telemetron_model::record::{Handoff, HandoffMode, HandoffRule, Span, SpanKind};

use crate::dialect::HandoffHint;
use crate::{bounds, cut};

/// What the span tells itself, and that an agent may work below another.
pub(super) fn of(span: &Span, hint: Option<HandoffHint>) -> impl Iterator<Item = Handoff> + use<> {
    let hinted = hint.and_then(|hint| hinted(span, hint));
    hinted.into_iter().chain(nested(span))
}

fn hinted(span: &Span, hint: HandoffHint) -> Option<Handoff> {
    Some(Handoff {
        handoff_id: span.span_id.to_string(),
        source_agent_name: bounds::id(hint.source),
        target_agent_name: bounds::id(Some(hint.target))?,
        reason: hint
            .reason
            .map(|reason| cut::cut_text(&reason, MAX_REASON_BYTES)),
        mode: hint.mode,
        rule: Some(hint.rule.to_owned()),
        context: hint.context.map(cut::cut_payload),
        ..blank(span)
    })
}

/// Longest reason; the whole stands in the context or in the span's input.
const MAX_REASON_BYTES: usize = 4096;

/// An agent's span below another span: whoever is at work there may have passed work on.
fn nested(span: &Span) -> Option<Handoff> {
    let parent = span.parent_span_id?;
    let agent = span.agent_name.clone().or_else(|| span.agent_id.clone())?;
    (span.span_kind == SpanKind::Agent).then(|| Handoff {
        handoff_id: format!("{}-nested", span.span_id),
        span_id: Some(parent),
        target_agent_id: span.agent_id.clone(),
        target_agent_name: agent,
        mode: Some(HandoffMode::Delegate),
        rule: Some(HandoffRule::NestedAgent.as_str().to_owned()),
        ..blank(span)
    })
}

/// A handoff at the time of a span, between nobody.
fn blank(span: &Span) -> Handoff {
    Handoff {
        handoff_id: String::new(),
        trace_id: span.trace_id,
        span_id: Some(span.span_id),
        source_agent_id: None,
        source_agent_name: None,
        target_agent_id: None,
        target_agent_name: String::new(),
        timestamp: span.start_time,
        until: span.end_time,
        reason: None,
        mode: None,
        rule: None,
        context: None,
    }
}
