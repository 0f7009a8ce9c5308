//! The OpenAI Agents SDK's own traces: `{"object": "trace"}` and `{"object": "trace.span"}`, one a
//! document, or together under `data`, as its exporter posts them.
//!
//! Its spans are put into the words of OpenTelemetry's GenAI conventions and read as such.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use telemetron_model::record::Trace;
use telemetron_model::{Timestamp, TraceId};

use crate::foreign::{self, ForeignSpan, Id, TraceKey, nanos};
use crate::{Document, Documents, Format, Reading, Run, payload};

/// The form of the OpenAI Agents SDK.
pub(crate) struct AgentsSdk;

#[derive(Deserialize)]
struct Posted<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Marked {
    object: String,
}

#[derive(Deserialize)]
struct Opened {
    id: TraceKey,
    #[serde(default)]
    workflow_name: Option<String>,
    #[serde(default)]
    group_id: Option<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Span {
    id: Id,
    trace_id: TraceKey,
    #[serde(default)]
    parent_id: Option<Id>,
    #[serde(default)]
    started_at: Value,
    #[serde(default)]
    ended_at: Value,
    #[serde(default)]
    span_data: Map<String, Value>,
    #[serde(default)]
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    message: String,
}

impl Format for AgentsSdk {
    fn name(&self) -> &'static str {
        "openai-agents"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let object = document.field("object");
        let one = object == "\"trace.span\""
            || (object == "\"trace\"" && document.has(&["workflow_name"]));
        one || document.field("data").contains("\"trace.span\"")
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let items = match document.has(&["data"]) {
            true => document.parse::<Posted<'_>>()?.data,
            false => vec![document.parse()?],
        };
        let (mut spans, mut opened) = (Vec::<Span>::new(), Vec::<Opened>::new());
        for item in items {
            match parse::<Marked>(item)?.object.as_str() {
                "trace.span" => spans.push(parse(item)?),
                "trace" => opened.push(parse(item)?),
                other => return Err(format!("`{other}` is neither a trace nor a span")),
            }
        }
        let start = |trace: &Opened| {
            let its = spans.iter().filter(|span| span.trace_id == trace.id);
            its.map(|span| nanos(&span.started_at)).min()
        };
        let starts: Vec<_> = opened.iter().map(start).collect();
        let session = |span: &Span| {
            let its = opened.iter().find(|trace| trace.id == span.trace_id);
            its.and_then(|trace| trace.group_id.clone())
        };
        let sessions: Vec<_> = spans.iter().map(session).collect();
        let foreign = spans
            .into_iter()
            .zip(sessions)
            .map(|(span, session)| span.foreign(session.as_deref()));
        let mut run = foreign::records(foreign.collect());
        let records = opened.into_iter().zip(starts);
        let records = records.filter_map(|(trace, start)| trace.record(start));
        run.records.extend(records.map(Into::into));
        Ok(run)
    }
}

/// Reads a file of lines as one: the line of a trace stands apart from those of its spans, before or
/// after them, and has no time of its own. `None` when its first line is none of these.
pub(crate) fn read_lines(bytes: &[u8]) -> Option<Vec<Reading>> {
    let first = Documents::of(bytes).next()?.ok()?;
    let first = Document::of(first);
    if first.has(&["data"]) || !AgentsSdk.recognises(&first) {
        return None;
    }
    let (mut lines, mut skipped) = (Vec::new(), Vec::new());
    for value in Documents::of(bytes) {
        match value {
            Ok(value) if AgentsSdk.recognises(&Document::of(value)) => lines.push(value.get()),
            Ok(value) => {
                let what = Document::of(value).describe();
                skipped.push(Reading::Skipped(format!("not recognised: {what}")));
            }
            Err(reason) => skipped.push(Reading::Skipped(reason)),
        }
    }
    let whole = format!("{{\"data\":[{}]}}", lines.join(","));
    let whole: &RawValue = serde_json::from_str(&whole).ok()?;
    let mut readings = vec![crate::read(&Document::of(whole))];
    readings.extend(skipped);
    Some(readings)
}

fn parse<'a, T: Deserialize<'a>>(item: &'a RawValue) -> Result<T, String> {
    serde_json::from_str(item.get()).map_err(|error| error.to_string())
}

impl Opened {
    /// The record of the trace. It carries no time of its own; alone it stands at the epoch and is
    /// moved by the first of its spans.
    fn record(self, start: Option<u64>) -> Option<Trace> {
        let id = TraceId::from_slice(&self.id.bytes()).ok()?;
        let start = start
            .and_then(|start| i64::try_from(start).ok())
            .filter(|start| *start > 0)?;
        Some(Trace {
            name: self.workflow_name,
            session_id: self.group_id,
            metadata: self
                .metadata
                .and_then(|metadata| payload::payload(&metadata)),
            ..Trace::opened(id, Timestamp::from_nanos(start))
        })
    }
}

impl Span {
    fn foreign(mut self, session: Option<&str>) -> ForeignSpan {
        let kind = self
            .take("type")
            .and_then(|kind| Some(kind.as_str()?.to_owned()));
        let kind = kind.unwrap_or_default();
        let mut attributes = match kind.as_str() {
            "agent" => self.agent(),
            "function" | "mcp_tools" => self.function(),
            "generation" => self.generation(),
            "response" => self.response(),
            "handoff" => self.handoff(),
            _ => self.step(),
        };
        if let Some(session) = session {
            attributes.insert("session.id".to_owned(), session.into());
        }
        let name = attributes
            .remove("span.name")
            .and_then(|name| Some(name.as_str()?.to_owned()));
        let rest = self.span_data.into_iter();
        attributes.extend(rest.map(|(key, value)| (format!("openai.agents.{key}"), value)));
        ForeignSpan {
            trace: self.trace_id,
            id: self.id,
            parent: self.parent_id.and_then(Id::known),
            name: name.unwrap_or(kind),
            start: nanos(&self.started_at),
            end: nanos(&self.ended_at),
            attributes,
            failed: self.error.is_some().then_some(true),
            message: self.error.map(|error| error.message).unwrap_or_default(),
            scope: "openai-agents".to_owned(),
            ..ForeignSpan::default()
        }
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        self.span_data
            .remove(field)
            .filter(|value| !value.is_null())
    }

    fn agent(&mut self) -> Map<String, Value> {
        let name = self.take("name");
        attributes([
            ("span.name", name.clone()),
            ("gen_ai.operation.name", Some("invoke_agent".into())),
            ("gen_ai.agent.name", name),
        ])
    }

    fn function(&mut self) -> Map<String, Value> {
        let name = self.take("name").or_else(|| self.take("server"));
        attributes([
            ("span.name", name.clone()),
            ("gen_ai.operation.name", Some("execute_tool".into())),
            ("gen_ai.tool.name", name),
            ("gen_ai.tool.call.arguments", self.take("input")),
            (
                "gen_ai.tool.call.result",
                self.take("output").or_else(|| self.take("result")),
            ),
        ])
    }

    fn generation(&mut self) -> Map<String, Value> {
        let usage = self.take("usage");
        let mut all = attributes([
            ("span.name", Some("generation".into())),
            ("gen_ai.operation.name", Some("chat".into())),
            ("gen_ai.provider.name", Some("openai".into())),
            ("gen_ai.request.model", self.take("model")),
            ("gen_ai.input.messages", self.take("input").map(text)),
            ("gen_ai.output.messages", self.take("output").map(text)),
        ]);
        all.extend(tokens(usage.as_ref()));
        all
    }

    fn response(&mut self) -> Map<String, Value> {
        let response = self.take("response");
        let part = |name: &str| {
            response
                .as_ref()
                .and_then(|response| response.get(name))
                .cloned()
        };
        let usage = self.take("usage").or_else(|| part("usage"));
        let mut all = attributes([
            ("span.name", Some("response".into())),
            ("gen_ai.operation.name", Some("chat".into())),
            ("gen_ai.provider.name", Some("openai".into())),
            (
                "gen_ai.response.id",
                self.take("response_id").or_else(|| part("id")),
            ),
            ("gen_ai.response.model", part("model")),
            ("gen_ai.input.messages", self.take("input").map(text)),
            ("gen_ai.output.messages", part("output").map(text)),
        ]);
        all.extend(tokens(usage.as_ref()));
        all
    }

    fn handoff(&mut self) -> Map<String, Value> {
        attributes([
            ("span.name", Some("handoff".into())),
            ("gen_ai.operation.name", Some("handoff".into())),
            ("traceloop.span.kind", Some("handoff".into())),
            ("gen_ai.handoff.from_agent", self.take("from_agent")),
            ("gen_ai.handoff.to_agent", self.take("to_agent")),
        ])
    }

    fn step(&mut self) -> Map<String, Value> {
        attributes([("span.name", self.take("name"))])
    }
}

/// Usage in the words of either of OpenAI's interfaces.
fn tokens(usage: Option<&Value>) -> Map<String, Value> {
    let find = |names: &[&str]| {
        let found = names.iter().find_map(|name| usage?.pointer(name));
        found.filter(|value| value.is_number()).cloned()
    };
    attributes([
        (
            "gen_ai.usage.input_tokens",
            find(&["/input_tokens", "/prompt_tokens"]),
        ),
        (
            "gen_ai.usage.output_tokens",
            find(&["/output_tokens", "/completion_tokens"]),
        ),
        (
            "gen_ai.usage.cache_read.input_tokens",
            find(&[
                "/input_tokens_details/cached_tokens",
                "/prompt_tokens_details/cached_tokens",
            ]),
        ),
        (
            "gen_ai.usage.reasoning.output_tokens",
            find(&[
                "/output_tokens_details/reasoning_tokens",
                "/completion_tokens_details/reasoning_tokens",
            ]),
        ),
    ])
}

fn attributes<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let present = pairs.into_iter();
    present
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// Messages as the text that attributes carry.
fn text(value: Value) -> Value {
    match value {
        Value::String(_) => value,
        other => json!(other.to_string()),
    }
}
