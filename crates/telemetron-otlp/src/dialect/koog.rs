//! Koog (`JetBrains`), beside the GenAI attributes that it writes.
//!
//! An agent has an id and no name; what runs below it (strategy, subgraph, node) are the steps of
//! its graph, whose input and output stand under names of Koog's own.

use telemetron_model::record::SpanKind;

use super::{Reading, payload};
use crate::SpanSource;

/// Whether Koog made the span.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    source.attributes.any_below("koog.")
}

/// Reads a span of Koog's.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    const STEPS: &[&str] = &["koog.strategy.", "koog.subgraph.", "koog.node."];
    let mut steps = STEPS.iter();
    let is_step = steps.any(|prefix| source.attributes.any_below(prefix));
    Reading {
        kind: is_step.then_some(SpanKind::Chain),
        input: payload::first(source, &["koog.node.input", "koog.subgraph.input"]),
        output: payload::first(source, &["koog.node.output", "koog.subgraph.output"]),
        ..Reading::default()
    }
}
