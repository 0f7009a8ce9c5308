//! LlamaIndex's workflows of agents, as OpenInference instruments them.
//!
//! A step bears no agent's name; the event that it takes or gives does (`current_agent_name`), in the
//! text of a Python object.

use memchr::memmem;
use telemetron_model::record::{HandoffMode, HandoffRule};

use super::{HandoffHint, Reading, payload};
use crate::SpanSource;

/// Whether LlamaIndex's instrumentation made the span.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    source.scope == "openinference.instrumentation.llama_index"
}

/// Reads who is at work in a step, and the tool by which it hands over.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    // The settings of a whole run name each agent in turn.
    let is_run = source.span.name.ends_with(".run");
    Reading {
        agent_name: current_agent(source).filter(|_| !is_run),
        handoff: handoff(source),
        ..Reading::default()
    }
}

/// The agent of the event that came in, else of the one that went out.
fn current_agent(source: &SpanSource<'_>) -> Option<String> {
    const NAME: &str = "current_agent_name=";
    let texts = ["input.value", "output.value"];
    texts.iter().find_map(|name| {
        let text = source.attributes.text(name)?;
        let at = memmem::find(text.as_bytes(), NAME.as_bytes())? + NAME.len();
        let rest = text.get(at..)?.trim_start_matches('\\');
        let quote = rest.chars().next().filter(|quote| "'\"".contains(*quote))?;
        let (name, _) = rest.get(1..)?.split_once(quote)?;
        let name = name.trim_end_matches('\\');
        (!name.is_empty()).then(|| name.to_owned())
    })
}

/// The tool `handoff`, which every agent has that may hand over.
fn handoff(source: &SpanSource<'_>) -> Option<HandoffHint> {
    let attributes = &source.attributes;
    let is_tool = attributes.text("openinference.span.kind") == Some("TOOL");
    if !is_tool || attributes.text("tool.name") != Some("handoff") {
        return None;
    }
    let arguments = payload::object(source, "input.value")?;
    let inner = arguments.get("kwargs").and_then(|inner| inner.as_object());
    let text = |name: &str| {
        let value = inner.unwrap_or(&arguments).get(name)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    Some(HandoffHint {
        rule: HandoffRule::HandoffTool.as_str(),
        evidence: "handoff:llamaindex",
        source: None,
        target: text("to_agent")?,
        reason: text("reason"),
        mode: Some(HandoffMode::Transfer),
        context: payload::first(source, &["input.value"]),
    })
}
