//! OTLP spans one a document, flat, as `CloudWatch` and others keep them: the resource, the scope and the
//! fields of the span stand side by side, and attributes are an object.
//!
//! ```json
//! {"resource": {"attributes": {"service.name": "agent"}}, "scope": {"name": "…"}, "traceId": "…",
//!  "spanId": "…", "name": "…", "startTimeUnixNano": 1796036500000000000, "attributes": {…}}
//! ```

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::import::foreign::{self, ForeignEvent, ForeignSpan, Id, TraceKey, nanos};
use crate::import::{Document, Format, Run};

/// The form of flat spans.
pub(crate) struct FlatOtlp;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flat {
    trace_id: TraceKey,
    span_id: Id,
    #[serde(default)]
    parent_span_id: Option<Id>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: Value,
    start_time_unix_nano: Value,
    #[serde(default)]
    end_time_unix_nano: Value,
    #[serde(default)]
    attributes: Map<String, Value>,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    events: Vec<Event>,
    #[serde(default)]
    resource: Resource,
    #[serde(default)]
    scope: Scope,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    code: Value,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    name: String,
    #[serde(default)]
    time_unix_nano: Value,
    #[serde(default)]
    attributes: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Resource {
    attributes: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Scope {
    name: String,
}

impl Format for FlatOtlp {
    fn name(&self) -> &'static str {
        "otlp-flat"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let flat = document.has(&["traceId", "spanId", "startTimeUnixNano"]);
        flat && !document.field("attributes").starts_with('[')
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let flat: Flat = document.parse()?;
        Ok(foreign::records(vec![flat.foreign()]))
    }
}

impl Flat {
    fn foreign(self) -> ForeignSpan {
        let failed = match &self.status.code {
            Value::String(code) => code.to_ascii_uppercase().ends_with("ERROR").then_some(true),
            code => (code == &Value::from(2)).then_some(true),
        };
        ForeignSpan {
            trace: self.trace_id,
            id: self.span_id,
            parent: self.parent_span_id.and_then(Id::known),
            name: self.name,
            kind: kind(&self.kind),
            start: nanos(&self.start_time_unix_nano),
            end: nanos(&self.end_time_unix_nano),
            attributes: self.attributes,
            failed,
            message: self.status.message.unwrap_or_default(),
            events: self.events.into_iter().map(Event::foreign).collect(),
            links: Vec::new(),
            resource: self.resource.attributes,
            scope: self.scope.name,
        }
    }
}

impl Event {
    fn foreign(self) -> ForeignEvent {
        ForeignEvent {
            name: self.name,
            time: nanos(&self.time_unix_nano),
            attributes: self.attributes,
        }
    }
}

/// The number of a span's kind, which stands there as that or as a word.
fn kind(kind: &Value) -> i32 {
    let word = kind.as_str().unwrap_or_default();
    let word = word.strip_prefix("SPAN_KIND_").unwrap_or(word);
    let words = ["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
    let number = kind.as_i64().and_then(|number| i32::try_from(number).ok());
    let place = words.iter().position(|known| *known == word);
    let place = place.and_then(|place| i32::try_from(place + 1).ok());
    number.or(place).unwrap_or_default()
}
