//! Spans of a log that tells events rather than spans: a run of an agent, the calls of models and
//! tools in it, in the words of OpenTelemetry's GenAI conventions.

use serde_json::{Map, Value, json};
use telemetron_model::TraceId;
use telemetron_model::record::{Record, TimeSource, Trace};

use super::Run;
use super::foreign::{self, ForeignSpan, Id, TraceKey};
use super::instants::BASE;

/// Between two events of a log without times.
const STEP_NS: u64 = 1_000_000;

/// The spans of one run, while its events are read.
#[derive(Debug)]
pub(super) struct Story {
    trace: TraceKey,
    spans: Vec<ForeignSpan>,
    /// Times that were made up, as many as were asked for.
    made_up: u64,
}

impl Story {
    /// A run that is known by a text, whatever it is.
    pub(super) fn of(text: &str) -> Self {
        Self {
            trace: TraceKey::hashed(text),
            spans: Vec::new(),
            made_up: 0,
        }
    }

    /// The next instant of a log without times: a fixed base and a millisecond an event.
    pub(super) fn tick(&mut self) -> u64 {
        self.made_up += 1;
        u64::try_from(BASE.nanos()).unwrap_or_default() + self.made_up * STEP_NS
    }

    /// Adds a span below another one; says where it stands.
    pub(super) fn add(
        &mut self,
        parent: Option<usize>,
        name: String,
        start: u64,
        attributes: Value,
    ) -> usize {
        let place = self.spans.len();
        let parent = parent.and_then(|parent| self.spans.get(parent));
        let attributes = match attributes {
            Value::Object(map) => said(map),
            _ => Map::new(),
        };
        self.spans.push(ForeignSpan {
            trace: self.trace.clone(),
            id: Id::placed(&self.trace, place),
            parent: parent.map(|parent| parent.id.clone()),
            name,
            start,
            end: start,
            attributes,
            ..ForeignSpan::default()
        });
        place
    }

    /// A span that was added.
    pub(super) fn at(&mut self, place: usize) -> Option<&mut ForeignSpan> {
        self.spans.get_mut(place)
    }

    /// Says more of a span.
    pub(super) fn tell(&mut self, place: usize, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if let Some(span) = self.at(place)
            && !value.is_null()
        {
            span.attributes.insert(name.to_owned(), value);
        }
    }

    /// Ends a span.
    pub(super) fn end(&mut self, place: usize, end: u64) {
        if let Some(span) = self.at(place) {
            span.end = span.end.max(end);
        }
    }

    /// Notes that a span failed, and why.
    pub(super) fn fail(&mut self, place: usize, why: String) {
        if let Some(span) = self.at(place) {
            span.failed = Some(true);
            span.message = why;
        }
    }

    /// The records. What stands at times that were made up says so.
    pub(super) fn records(self) -> Run {
        let trace_id = TraceId::from_slice(&self.trace.bytes()).ok();
        let mut run = foreign::records(self.spans);
        if self.made_up > 0 {
            for record in &mut run.records {
                if let Record::Span(span) = record {
                    span.time_source = Some(TimeSource::Order);
                }
            }
            let trace = trace_id.map(|id| Trace {
                time_source: Some(TimeSource::Order),
                ..Trace::opened(id, BASE)
            });
            run.records.extend(trace.map(Record::from));
        }
        run
    }
}

/// Without what nobody said.
fn said(attributes: Map<String, Value>) -> Map<String, Value> {
    let all = attributes.into_iter();
    all.filter(|(_, value)| !value.is_null()).collect()
}

/// What a span of an agent says.
pub(super) fn agent(name: &str, input: &Value) -> Value {
    json!({
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": name,
        "input.value": text(input),
    })
}

/// What a call of a model says; `usage` is the provider's own.
pub(super) fn chat(model: Option<&str>, usage: &Value, input: &Value, output: &Value) -> Value {
    let count = |names: &[&str]| names.iter().find_map(|name| usage.pointer(name)?.as_i64());
    let read = count(&[
        "/cache_read_input_tokens",
        "/input_tokens_cache_read",
        "/prompt_tokens_details/cached_tokens",
        "/input_tokens_details/cached_tokens",
    ]);
    let written = count(&["/cache_creation_input_tokens", "/input_tokens_cache_write"]);
    let told = count(&["/input_tokens", "/prompt_tokens"]);
    let output_tokens = count(&["/output_tokens", "/completion_tokens"]);
    // Anthropic counts what was cached apart; where a total is told, it shows it.
    let parts = read.unwrap_or_default() + written.unwrap_or_default();
    let whole = told.unwrap_or_default() + output_tokens.unwrap_or_default();
    let total = count(&["/total_tokens"]);
    let apart = usage.get("input_tokens").is_some()
        && usage.get("input_tokens_details").is_none()
        && total.is_none_or(|total| total >= whole + parts);
    let input_tokens = told.map(|told| if apart { told + parts } else { told });
    json!({
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": input_tokens,
        "gen_ai.usage.output_tokens": output_tokens,
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.cache_creation.input_tokens": written,
        "gen_ai.usage.reasoning.output_tokens": count(&[
            "/completion_tokens_details/reasoning_tokens",
            "/output_tokens_details/reasoning_tokens",
            "/reasoning_tokens",
        ]),
        "input.value": text(input),
        "output.value": text(output),
    })
}

/// What a call of a tool says.
pub(super) fn tool(name: &str, call: Option<&str>, arguments: &Value) -> Value {
    json!({
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.id": call,
        "gen_ai.tool.call.arguments": text(arguments),
    })
}

/// A value as the text that an attribute is; nothing of nothing.
pub(super) fn text(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}
