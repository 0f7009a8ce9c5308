//! Koog (`JetBrains`), beside the GenAI attributes that it writes.
//!
//! An agent has an id and no name; what runs below it (strategy, subgraph, node) are the steps of
//! its graph, whose input and output stand under names of Koog's own. An agent that the program gave no
//! id has one of chance, in each run another, and one that a tool runs is called after a parent that
//! may have none (`null.0`): both are nobody. What a run is said to have given is what it was given.

use telemetron_model::record::SpanKind;

use super::autogen::is_uuid;
use super::{SemanticFields, payload};
use crate::SpanSource;

/// Whether Koog made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("koog.")
}

/// Whether the agent of a span is one that the program gave no id.
pub(super) fn is_nobody(source: &SpanSource<'_>) -> bool {
    let id = source.attributes.text("gen_ai.agent.id");
    id.is_some_and(|id| is_uuid(id) || id.starts_with("null.")) && matches(source)
}

/// Whether a span tells as what came out what went in.
pub(super) fn echoes(source: &SpanSource<'_>) -> bool {
    let messages = |name: &str| source.attributes.text(name);
    let gave = messages("gen_ai.output.messages");
    gave.is_some() && gave == messages("gen_ai.input.messages") && matches(source)
}

/// Reads a span of Koog's.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    const STEPS: &[&str] = &["koog.strategy.", "koog.subgraph.", "koog.node."];
    let mut steps = STEPS.iter();
    let is_step = steps.any(|prefix| source.attributes.any_below(prefix));
    SemanticFields {
        kind: is_step.then_some(SpanKind::Chain),
        input: payload::first(source, &["koog.node.input", "koog.subgraph.input"]),
        output: payload::first(source, &["koog.node.output", "koog.subgraph.output"]),
        ..SemanticFields::default()
    }
}
