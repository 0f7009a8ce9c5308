//! LlamaIndex's workflows of agents, in three instrumentations: OpenInference's, OpenLLMetry's and
//! its own over OpenTelemetry.
//!
//! A step bears no agent's name; the event that it takes or gives does (`current_agent_name`), in the
//! text of a Python object or in JSON. A tool is called by a step that takes a `ToolCall`.

mod tools;

use memchr::memmem;
use telemetron_model::RawJson;
use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::otel::text_of_event;
use super::{HandoffHint, SemanticFields, payload, words};
use crate::SpanSource;
use tools::Called;

/// Its own telemetry.
const OWN: &str = "llamaindex.opentelemetry.tracer";

/// The instrumentations.
const SCOPES: &[&str] = &[
    "openinference.instrumentation.llama_index",
    "opentelemetry.instrumentation.llamaindex",
    OWN,
];

/// Whether LlamaIndex's instrumentation made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    SCOPES.contains(&source.scope)
}

/// Reads who is at work in a step, the tool that it calls, and whom that hands over to.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    // The settings of a whole run name each agent in turn.
    let is_run = source.span.name.ends_with(".run");
    let mut fields = SemanticFields {
        agent_name: current_agent(source).filter(|_| !is_run),
        handoff: handoff(source),
        ..SemanticFields::default()
    };
    if fields.handoff.is_none() {
        fields.handoff = begun(source, &fields);
    }
    if let Some(called) = Called::by(source) {
        called.tell(&mut fields);
    } else if source.scope == OWN {
        own(source, &mut fields);
    }
    fields
}

/// The run of an agent begins: within a tool, it is one that whoever calls the tool delegates to.
fn begun(source: &SpanSource<'_>, fields: &SemanticFields) -> Option<HandoffHint> {
    let target = fields.agent_name.clone();
    Some(HandoffHint {
        rule: HandoffRule::DuringTool.as_str(),
        evidence: "handoff:during_tool",
        source: None,
        target: target.filter(|_| source.span.name.ends_with(".init_run"))?,
        reason: None,
        mode: Some(HandoffMode::Delegate),
        context: None,
    })
}

/// What its own telemetry says of a step, or of a call of a model, in events of the span.
fn own(source: &SpanSource<'_>, fields: &mut SemanticFields) {
    let find = |name: &str| source.span.events.iter().find(|event| event.name == name);
    let begun = ["LLMChatStartEvent", "LLMCompletionStartEvent"];
    if let Some(begun) = begun.iter().find_map(|name| find(name)) {
        let text = |name: &str| text_of_event(begun, name);
        let models = ["model_dict.model_name", "model_dict.model"];
        fields.kind = Some(SpanKind::Llm);
        fields.requested_model = models.iter().find_map(|name| text(name)).map(str::to_owned);
        let asked = ["messages", "prompt"].iter().find_map(|name| text(name));
        fields.input = asked.and_then(payload::of_text);
        return;
    }
    let given = words(source, &["llamaindex.step.input_summary"]);
    let is_step = |text: &String| !text.starts_with("ToolCall(") && is_method(source);
    fields.input = given.filter(is_step).as_ref().and_then(RawJson::of);
    let ends = ["step.output", "workflow.output"];
    let output = ends
        .iter()
        .find_map(|name| text_of_event(find(name)?, "output"));
    fields.output = output.as_ref().and_then(RawJson::of);
}

/// Whether the span is a step of a workflow itself: what runs within a step bears its input as well.
fn is_method(source: &SpanSource<'_>) -> bool {
    let class = source.span.name.split('.').next().unwrap_or_default();
    class.ends_with("Workflow") || class.ends_with("Agent")
}

/// The agent of the event that came in, else of the one that went out.
fn current_agent(source: &SpanSource<'_>) -> Option<String> {
    const TEXTS: &[&str] = &[
        "input.value",
        "output.value",
        "llamaindex.step.input_summary",
        "traceloop.entity.input",
        "traceloop.entity.output",
    ];
    let mut texts = TEXTS.iter();
    let told = texts.find_map(|name| agent_in(source.attributes.text(name)?));
    told.or_else(|| {
        let mut events = source.span.events.iter();
        let given = events.find(|event| event.name == "step.output")?;
        agent_in(text_of_event(given, "output")?)
    })
}

/// The agent that a text names: `current_agent_name='desk'`, `"current_agent_name": "desk"`.
fn agent_in(text: &str) -> Option<String> {
    const NAME: &str = "current_agent_name";
    let at = memmem::find(text.as_bytes(), NAME.as_bytes())? + NAME.len();
    let rest = text.get(at..)?.trim_start_matches(['\\', '"']);
    let rest = rest
        .trim_start_matches(['=', ':', ' '])
        .trim_start_matches('\\');
    let quote = rest.chars().next().filter(|quote| "'\"".contains(*quote))?;
    let (name, _) = rest.get(1..)?.split_once(quote)?;
    let name = name.trim_end_matches('\\');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The tool `handoff`, which every agent has that may hand over.
fn handoff(source: &SpanSource<'_>) -> Option<HandoffHint> {
    let attributes = &source.attributes;
    let is_tool = attributes.text("openinference.span.kind") == Some("TOOL");
    if !is_tool || attributes.text("tool.name") != Some("handoff") {
        return Called::by(source)?.handoff();
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
