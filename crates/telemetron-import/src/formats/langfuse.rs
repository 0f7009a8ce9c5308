//! Langfuse: a trace with its observations, as its interface answers and its UI exports, or rows of
//! observations alone. What Langfuse took in by OpenTelemetry still has its attributes in the metadata.

use serde::Deserialize;
use serde_json::{Map, Value};
use telemetron_model::record::Trace;
use telemetron_model::{Timestamp, TraceId};

use crate::foreign::{self, ForeignSpan, Id, TraceKey, nanos};
use crate::{Document, Format, Run, payload};

/// The form of Langfuse.
pub(crate) struct Langfuse;

#[derive(Deserialize)]
struct Export {
    trace: Header,
    #[serde(default)]
    observations: Vec<Observation>,
}

/// A trace as the public interface answers: its observations inside.
#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    header: Header,
    observations: Vec<Observation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    id: TraceKey,
    name: Option<String>,
    #[serde(default)]
    timestamp: Value,
    user_id: Option<String>,
    session_id: Option<String>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Observation {
    id: Id,
    trace_id: TraceKey,
    #[serde(default)]
    parent_observation_id: Option<Id>,
    #[serde(rename = "type", default)]
    kind: String,
    name: Option<String>,
    #[serde(default)]
    start_time: Value,
    #[serde(default)]
    end_time: Value,
    #[serde(default)]
    completion_start_time: Value,
    model: Option<String>,
    #[serde(default)]
    model_parameters: Value,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    usage_details: Value,
    #[serde(default)]
    cost_details: Value,
    #[serde(default)]
    level: Option<String>,
    status_message: Option<String>,
    #[serde(default)]
    metadata: Value,
}

impl Format for Langfuse {
    fn name(&self) -> &'static str {
        "langfuse"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.has(&["trace", "observations"])
            || (document.has(&["id", "observations"])
                && document.field("observations").contains("\"traceId\""))
            || document.has(&["id", "traceId", "type", "startTime"])
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let (header, observations) = if document.has(&["trace"]) {
            let export: Export = document.parse()?;
            (Some(export.trace), export.observations)
        } else if document.has(&["observations"]) {
            let whole: Whole = document.parse()?;
            (Some(whole.header), whole.observations)
        } else {
            (None, vec![document.parse()?])
        };
        let foreign = observations
            .into_iter()
            .map(|observation| observation.foreign(header.as_ref()));
        let mut run = foreign::records(foreign.collect());
        let trace = header.and_then(Header::record);
        run.records.extend(trace.map(Into::into));
        Ok(run)
    }
}

impl Header {
    fn record(self) -> Option<Trace> {
        let id = TraceId::from_slice(&self.id.bytes()).ok()?;
        let start = i64::try_from(nanos(&self.timestamp)).ok()?;
        Some(Trace {
            name: self.name,
            user_id: self.user_id,
            session_id: self.session_id,
            user_input: present(unwrapped(self.input)),
            final_output: present(unwrapped(self.output)),
            metadata: present(unwrapped(self.metadata))
                .filter(telemetron_model::RawJson::is_object),
            ..Trace::opened(id, Timestamp::from_nanos(start))
        })
    }
}

impl Observation {
    fn foreign(self, header: Option<&Header>) -> ForeignSpan {
        let (mut attributes, resource, scope) = opentelemetry(unwrapped(self.metadata));
        let mut put = |name: &str, value: Value| {
            let worth = !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty());
            if worth {
                attributes.insert(name.to_owned(), value);
            }
        };
        // A plain span is what Langfuse calls everything that it knows nothing of.
        if !self.kind.eq_ignore_ascii_case("span") {
            put(
                "langfuse.observation.type",
                self.kind.to_ascii_lowercase().into(),
            );
        }
        put("langfuse.observation.input", self.input);
        put("langfuse.observation.output", self.output);
        put("langfuse.observation.model.name", self.model.into());
        put(
            "langfuse.observation.model.parameters",
            text(self.model_parameters),
        );
        put(
            "langfuse.observation.usage_details",
            text(self.usage_details),
        );
        put("langfuse.observation.cost_details", text(self.cost_details));
        put(
            "langfuse.observation.completion_start_time",
            self.completion_start_time,
        );
        put(
            "langfuse.observation.status_message",
            self.status_message.clone().into(),
        );
        put(
            "session.id",
            header.and_then(|header| header.session_id.clone()).into(),
        );
        put(
            "user.id",
            header.and_then(|header| header.user_id.clone()).into(),
        );
        let failed = self.level.as_deref() == Some("ERROR");
        put("langfuse.observation.level", self.level.into());
        ForeignSpan {
            trace: self.trace_id,
            id: self.id,
            parent: self.parent_observation_id.and_then(Id::known),
            name: self.name.unwrap_or_else(|| "observation".to_owned()),
            start: nanos(&self.start_time),
            end: nanos(&self.end_time),
            attributes,
            failed: failed.then_some(true),
            message: self.status_message.filter(|_| failed).unwrap_or_default(),
            resource,
            scope,
            ..ForeignSpan::default()
        }
    }
}

/// Attributes, resource and scope that came by OpenTelemetry; other metadata are attributes.
fn opentelemetry(metadata: Value) -> (Map<String, Value>, Map<String, Value>, String) {
    let Value::Object(mut metadata) = metadata else {
        return (Map::new(), Map::new(), "langfuse".to_owned());
    };
    let mut object = |name: &str| match metadata.remove(name).map(unwrapped) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let (mut attributes, resource) = (object("attributes"), object("resourceAttributes"));
    let scope = object("scope");
    let scope = scope
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or("langfuse");
    let others = metadata
        .into_iter()
        .map(|(key, value)| (format!("langfuse.observation.metadata.{key}"), value));
    let scope = scope.to_owned();
    attributes.extend(others);
    (attributes, resource, scope)
}

/// JSON that was written into a text once more.
fn unwrapped(value: Value) -> Value {
    match &value {
        Value::String(text) if text.starts_with(['{', '[', '"']) => {
            serde_json::from_str(text).unwrap_or(value)
        }
        _ => value,
    }
}

/// An object as the text that attributes carry.
fn text(value: Value) -> Value {
    match value {
        Value::Object(map) if !map.is_empty() => Value::Object(map).to_string().into(),
        Value::String(text) if !text.is_empty() => Value::String(text),
        _ => Value::Null,
    }
}

fn present(value: Value) -> Option<telemetron_model::RawJson> {
    (!value.is_null())
        .then(|| payload::payload(&value))
        .flatten()
}
