//! Calls of tools, as OpenLLMetry and LlamaIndex's own telemetry tell them: by the step that takes a
//! `ToolCall` and gives a `ToolCallResult`.

use serde_json::Value as Json;
use telemetron_model::RawJson;
use telemetron_model::record::{ErrorInfo, HandoffMode, HandoffRule, SpanKind};

use super::super::otel::text_of_event;
use super::super::{HandoffHint, SemanticFields, payload};
use crate::SpanSource;

/// A call of a tool.
pub(super) struct Called {
    name: String,
    arguments: Option<Json>,
    result: Option<Json>,
    failed: bool,
}

impl Called {
    /// The call that a step makes; none when it makes none.
    pub(super) fn by(source: &SpanSource<'_>) -> Option<Self> {
        Self::traced(source).or_else(|| Self::told(source))
    }

    /// OpenLLMetry has name and arguments in attributes, and the result as JSON.
    fn traced(source: &SpanSource<'_>) -> Option<Self> {
        let attributes = &source.attributes;
        attributes.text("traceloop.span.kind")?;
        let name = attributes.text("tool.name")?.to_owned();
        let given = attributes.text("tool.arguments");
        let outcome = payload::object(source, "traceloop.entity.output");
        let output = outcome
            .as_ref()
            .and_then(|outcome| outcome.get("tool_output"));
        let said = |field: &str| output.and_then(|output| output.get(field));
        Some(Self {
            name,
            arguments: given.and_then(payload::parsed),
            result: said("raw_output").or_else(|| said("blocks")).cloned(),
            failed: said("is_error") == Some(&Json::Bool(true)),
        })
    }

    /// Its own telemetry has the event as Python prints it: `ToolCall(tool_name='x', tool_kwargs={…},
    /// tool_id='…')`; the result may be cut.
    fn told(source: &SpanSource<'_>) -> Option<Self> {
        let given = source.attributes.text("llamaindex.step.input_summary")?;
        let call = given.strip_prefix("ToolCall(tool_name='")?;
        let runs = [".call_tool", "Tool.acall", "Tool.call", "Tool.__call__"];
        let mut runs = runs.iter();
        runs.any(|run| source.span.name.ends_with(run))
            .then_some(())?;
        let (name, rest) = call.split_once('\'')?;
        let arguments = rest.split_once("tool_kwargs=").and_then(|(_, rest)| {
            let (arguments, _) = rest.rsplit_once(", tool_id=")?;
            payload::printed(arguments)
        });
        let mut events = source.span.events.iter();
        let result = events.find(|event| event.name == "step.output");
        let result = result.and_then(|event| text_of_event(event, "output"));
        let said = result.map(|text| within(text).unwrap_or(text));
        Some(Self {
            name: name.to_owned(),
            arguments,
            result: said.map(Json::from),
            failed: false,
        })
    }

    /// Who takes over, where the tool is the one that hands over.
    pub(super) fn handoff(&self) -> Option<HandoffHint> {
        let arguments = self.arguments.as_ref()?;
        let text = |name: &str| arguments.get(name)?.as_str().map(str::to_owned);
        Some(HandoffHint {
            rule: HandoffRule::HandoffTool.as_str(),
            evidence: "handoff:llamaindex",
            source: None,
            target: text("to_agent")
                .filter(|target| !target.is_empty() && self.name == "handoff")?,
            reason: text("reason"),
            mode: Some(HandoffMode::Transfer),
            context: RawJson::of(arguments),
        })
    }

    /// Puts the call into a reading.
    pub(super) fn tell(self, fields: &mut SemanticFields) {
        fields.kind = Some(SpanKind::Tool);
        fields.tool_name = Some(self.name);
        fields.input = self.arguments.as_ref().and_then(RawJson::of);
        fields.output = self.result.as_ref().and_then(RawJson::of);
        if !self.failed {
            return;
        }
        let text = |result: Json| match result {
            Json::String(text) => text,
            other => other.to_string(),
        };
        fields.failed = true;
        fields.rules.push("failed:is_error");
        fields.error = Some(ErrorInfo {
            error_type: "_OTHER".to_owned(),
            message: self.result.map(text).unwrap_or_default(),
            stack: None,
            category: None,
            severity: None,
            retryable: None,
        });
    }
}

/// The text of the first block within a printed result.
fn within(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("TextBlock(block_type='text', text='")?;
    let (text, _) = rest.split_once("')")?;
    Some(text)
}
