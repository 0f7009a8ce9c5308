//! Jaeger: what its UI downloads (`{"data": [{"traceID", "spans", "processes"}]}`), one such trace,
//! or spans as its storage keeps them, one a document, with their process inside.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::foreign::{self, ForeignEvent, ForeignSpan, Id, TraceKey};
use crate::{Document, Format, Run};

/// The form of Jaeger.
pub(crate) struct Jaeger;

#[derive(Deserialize)]
struct Answer {
    data: Vec<Trace>,
}

#[derive(Deserialize)]
struct Trace {
    spans: Vec<Span>,
    #[serde(default)]
    processes: HashMap<String, Process>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    #[serde(rename = "traceID")]
    trace_id: TraceKey,
    #[serde(rename = "spanID")]
    span_id: Id,
    #[serde(rename = "parentSpanID", default)]
    parent: Id,
    #[serde(default)]
    operation_name: String,
    #[serde(default)]
    references: Option<Vec<Reference>>,
    /// Microseconds.
    start_time: u64,
    /// Microseconds.
    duration: u64,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
    #[serde(default)]
    logs: Option<Vec<Log>>,
    #[serde(rename = "processID", default)]
    process_id: String,
    process: Option<Process>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    ref_type: String,
    #[serde(rename = "traceID")]
    trace_id: TraceKey,
    #[serde(rename = "spanID")]
    span_id: Id,
}

#[derive(Deserialize)]
struct Tag {
    key: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct Log {
    /// Microseconds.
    timestamp: u64,
    #[serde(default)]
    fields: Vec<Tag>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase")]
struct Process {
    #[serde(default)]
    service_name: String,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
}

impl Clone for Tag {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            kind: self.kind.clone(),
            value: self.value.clone(),
        }
    }
}

impl Format for Jaeger {
    fn name(&self) -> &'static str {
        "jaeger"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let answer = document.has(&["data"]) && document.field("data").contains("\"processes\"");
        answer
            || document.has(&["spans", "processes"])
            || document.has(&["traceID", "spanID", "duration"])
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let traces = if document.has(&["data"]) {
            document.parse::<Answer>()?.data
        } else if document.has(&["spans"]) {
            vec![document.parse()?]
        } else {
            vec![Trace {
                spans: vec![document.parse()?],
                processes: HashMap::new(),
            }]
        };
        let spans = traces.into_iter().flat_map(|trace| {
            let processes = trace.processes;
            let spans = trace.spans.into_iter();
            spans.map(move |span| span.foreign(&processes))
        });
        Ok(foreign::records(spans.collect()))
    }
}

impl Span {
    fn foreign(self, processes: &HashMap<String, Process>) -> ForeignSpan {
        let process = self
            .process
            .or_else(|| processes.get(&self.process_id).cloned())
            .unwrap_or_default();
        let mut attributes = values(self.tags.unwrap_or_default());
        let (parent, links) = parent_and_links(self.references.unwrap_or_default());
        let failed = failed(&attributes);
        let text = |value: Option<Value>| value.and_then(|value| Some(value.as_str()?.to_owned()));
        ForeignSpan {
            trace: self.trace_id,
            id: self.span_id,
            parent: parent.or_else(|| self.parent.known()),
            name: self.operation_name,
            kind: attributes
                .get("span.kind")
                .and_then(Value::as_str)
                .map_or(0, foreign::kind),
            start: self.start_time.saturating_mul(1000),
            end: (self.start_time + self.duration).saturating_mul(1000),
            failed,
            message: text(attributes.remove("otel.status_description")).unwrap_or_default(),
            scope: ["otel.scope.name", "otel.library.name"]
                .iter()
                .find_map(|name| text(attributes.remove(*name)))
                .unwrap_or_default(),
            events: self
                .logs
                .unwrap_or_default()
                .into_iter()
                .map(event)
                .collect(),
            links,
            resource: resource(process),
            attributes,
        }
    }
}

/// A reference of the same trace that it follows is its parent; the others are links.
fn parent_and_links(references: Vec<Reference>) -> (Option<Id>, Vec<(TraceKey, Id)>) {
    let is_parent = |reference: &Reference| reference.ref_type == "CHILD_OF";
    let place = references
        .iter()
        .position(is_parent)
        .or_else(|| (references.len() == 1).then_some(0));
    let mut parent = None;
    let mut links = Vec::new();
    for (at, reference) in references.into_iter().enumerate() {
        if Some(at) == place {
            parent = reference.span_id.known();
        } else {
            links.push((reference.trace_id, reference.span_id));
        }
    }
    (parent, links)
}

/// What the tags of an OpenTracing or an OpenTelemetry span say of how it ended.
fn failed(tags: &Map<String, Value>) -> Option<bool> {
    match tags.get("otel.status_code").and_then(Value::as_str) {
        Some("ERROR") => return Some(true),
        Some("OK") => return Some(false),
        _ => {}
    }
    match tags.get("error")? {
        Value::Bool(true) => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        _ => None,
    }
}

fn values(tags: Vec<Tag>) -> Map<String, Value> {
    tags.into_iter()
        .map(|tag| (tag.key.clone(), tag.typed()))
        .collect()
}

impl Tag {
    /// Storage writes every value as text, and its type beside it.
    fn typed(self) -> Value {
        let Value::String(text) = &self.value else {
            return self.value;
        };
        let typed = match self.kind.as_str() {
            "int64" | "float64" => serde_json::from_str(text).ok().filter(Value::is_number),
            "bool" => text.parse().ok().map(Value::Bool),
            _ => None,
        };
        typed.unwrap_or(self.value)
    }
}

fn event(log: Log) -> ForeignEvent {
    let mut attributes = values(log.fields);
    let named = ["event", "message"]
        .iter()
        .find(|name| attributes.contains_key(**name));
    let name = named.and_then(|name| attributes.remove(*name));
    ForeignEvent {
        name: name
            .map(|name| {
                name.as_str()
                    .map_or_else(|| name.to_string(), str::to_owned)
            })
            .unwrap_or_else(|| "log".to_owned()),
        time: log.timestamp.saturating_mul(1000),
        attributes,
    }
}

fn resource(process: Process) -> Map<String, Value> {
    let mut resource = values(process.tags.unwrap_or_default());
    if !process.service_name.is_empty() {
        resource.insert("service.name".to_owned(), process.service_name.into());
    }
    if let Some(host) = resource.remove("hostname") {
        resource.entry("host.name").or_insert(host);
    }
    resource
}
