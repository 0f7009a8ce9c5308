//! OTLP spans one a document, flat, as `CloudWatch` and others keep them: the resource, the scope and the
//! fields of the span stand side by side, and attributes are an object.
//!
//! ```json
//! {"resource": {"attributes": {"service.name": "agent"}}, "scope": {"name": "…"}, "traceId": "…",
//!  "spanId": "…", "name": "…", "startTimeUnixNano": 1796036500000000000, "attributes": {…}}
//! ```
//!
//! Phoenix answers the same in words with underscores, and attributes as lists of keys and values with
//! their types.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::foreign::{self, ForeignEvent, ForeignSpan, Id, TraceKey, nanos};
use crate::{Document, Format, Run};

/// The form of flat spans.
pub(crate) struct FlatOtlp;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flat {
    #[serde(alias = "trace_id")]
    trace_id: TraceKey,
    #[serde(alias = "span_id")]
    span_id: Id,
    #[serde(default, alias = "parent_span_id")]
    parent_span_id: Option<Id>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: Value,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Value,
    #[serde(default, alias = "end_time_unix_nano")]
    end_time_unix_nano: Value,
    #[serde(default)]
    attributes: Attributes,
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
    #[serde(default, alias = "time_unix_nano")]
    time_unix_nano: Value,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Resource {
    attributes: Attributes,
}

/// Attributes as an object, or as a list of keys and values with their types.
#[derive(Deserialize)]
#[serde(untagged)]
enum Attributes {
    Object(Map<String, Value>),
    List(Vec<Pair>),
}

#[derive(Deserialize)]
struct Pair {
    key: String,
    #[serde(default)]
    value: Value,
}

impl Default for Attributes {
    fn default() -> Self {
        Self::Object(Map::new())
    }
}

impl Attributes {
    fn object(self) -> Map<String, Value> {
        match self {
            Self::Object(map) => map,
            Self::List(pairs) => pairs
                .into_iter()
                .map(|pair| (pair.key, plain(pair.value)))
                .collect(),
        }
    }
}

/// A value without its type: `{"intValue": "3"}`, `{"int_value": 3}`.
fn plain(value: Value) -> Value {
    let Value::Object(map) = value else {
        return value;
    };
    let Some((kind, value)) = map.into_iter().find(|(_, value)| !value.is_null()) else {
        return Value::Null;
    };
    match (kind.as_str(), value) {
        ("intValue" | "int_value", Value::String(text)) => {
            text.parse::<i64>().map_or(Value::String(text), Value::from)
        }
        ("arrayValue" | "array_value", Value::Object(mut list)) => match list.remove("values") {
            Some(Value::Array(values)) => values.into_iter().map(plain).collect(),
            _ => Value::Array(Vec::new()),
        },
        ("kvlistValue" | "kvlist_value", Value::Object(mut list)) => {
            let pairs = list
                .remove("values")
                .and_then(|it| serde_json::from_value(it).ok());
            Value::Object(Attributes::List(pairs.unwrap_or_default()).object())
        }
        (_, value) => value,
    }
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
        document.has(&["traceId", "spanId", "startTimeUnixNano"])
            || document.has(&["trace_id", "span_id", "start_time_unix_nano"])
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
            attributes: self.attributes.object(),
            failed,
            message: self.status.message.unwrap_or_default(),
            events: self.events.into_iter().map(Event::foreign).collect(),
            links: Vec::new(),
            resource: self.resource.attributes.object(),
            scope: self.scope.name,
        }
    }
}

impl Event {
    fn foreign(self) -> ForeignEvent {
        ForeignEvent {
            name: self.name,
            time: nanos(&self.time_unix_nano),
            attributes: self.attributes.object(),
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
