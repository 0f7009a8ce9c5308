//! The dialects in which agent frameworks speak OpenTelemetry, one file each.

mod reading;

pub use reading::{HandoffHint, Pending, Reading};

use telemetron_model::record::SpanKind;

use crate::SpanSource;

/// Reads what a span says in whatever dialects it speaks.
pub fn read(source: &SpanSource<'_>) -> Reading {
    let attributes = &source.attributes;
    let text = |name| attributes.text(name).map(str::to_owned);
    Reading {
        kind: Some(if attributes.has("gen_ai.request.model") {
            SpanKind::Llm
        } else {
            SpanKind::Chain
        }),
        model: text("gen_ai.response.model").or_else(|| text("gen_ai.request.model")),
        agent_name: text("gen_ai.agent.name"),
        ..Reading::default()
    }
}
