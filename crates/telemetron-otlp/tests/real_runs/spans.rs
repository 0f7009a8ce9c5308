//! Spans out of recordings, whatever printed them.
//!
//! Ids become hashes of what stood there, so that small integers and buffers of JavaScript are ids
//! as well; times that are missing become the order in the file.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value as Json};
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::proto::common::v1::any_value::Value;
use telemetron_otlp::proto::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue};
use telemetron_otlp::proto::trace::v1::span::Event;
use telemetron_otlp::proto::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// All spans of a file, those that were recorded again once.
pub(crate) fn request(file: &Path) -> ExportTraceServiceRequest {
    let mut found = Vec::new();
    for document in documents(file) {
        gather(&document, "", &mut found);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|(_, span)| seen.insert((span.trace_id.clone(), span.span_id.clone())));
    let scopes = found.into_iter().enumerate();
    let scope_spans = scopes.map(|(order, (scope, span))| in_scope(scope, ordered(span, order)));
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: scope_spans.collect(),
            ..ResourceSpans::default()
        }],
    }
}

fn in_scope(name: String, span: Span) -> ScopeSpans {
    let scope = InstrumentationScope {
        name,
        ..InstrumentationScope::default()
    };
    ScopeSpans {
        scope: Some(scope),
        spans: vec![span],
        ..ScopeSpans::default()
    }
}

fn ordered(mut span: Span, order: usize) -> Span {
    if span.start_time_unix_nano == 0 {
        span.start_time_unix_nano = 1_700_000_000_000_000_000 + order as u64;
    }
    span.end_time_unix_nano = span.end_time_unix_nano.max(span.start_time_unix_nano);
    span
}

/// The JSON documents of a file: one, or one a line.
fn documents(file: &Path) -> Vec<Json> {
    let bytes = std::fs::read(file).unwrap();
    let mut text = String::new();
    if file.extension().is_some_and(|ending| ending == "gz") {
        let mut reader = flate2::read::GzDecoder::new(bytes.as_slice());
        reader.read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    let whole = serde_json::from_str(&text).map(|document| vec![document]);
    let lines = || text.lines().map(|line| serde_json::from_str(line).unwrap());
    whole.unwrap_or_else(|_| lines().collect())
}

/// Finds spans in what wraps them.
fn gather(value: &Json, scope: &str, found: &mut Vec<(String, Span)>) {
    const WRAPPERS: &[&str] = &[
        "payload",
        "data",
        "resourceSpans",
        "scopeSpans",
        "spans",
        "raw_otel_json",
    ];
    if let Some(list) = value.as_array() {
        list.iter().for_each(|item| gather(item, scope, found));
        return;
    }
    let own = value
        .pointer("/scope/name")
        .or_else(|| value.get("scopeName"));
    let scope = own.and_then(Json::as_str).unwrap_or(scope);
    if let Some(inner) = WRAPPERS.iter().find_map(|wrapper| value.get(*wrapper)) {
        gather(inner, scope, found);
    } else if let Some(span) = span(value) {
        found.push((scope.to_owned(), span));
    }
}

/// A span as some SDK printed it; none without an id.
fn span(value: &Json) -> Option<Span> {
    let first = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value.pointer(name))
            .filter(|value| !is_nothing(value))
    };
    let name = first(&["/name", "/spanName"])
        .and_then(Json::as_str)
        .unwrap_or_default();
    let bare = value.get("spanName").map(|_| &Json::Null);
    let trace = first(&["/context/trace_id", "/spanContext/traceId", "/traceId"]).or(bare)?;
    let id = first(&["/context/span_id", "/spanContext/spanId", "/spanId"]).or(bare)?;
    let parent = first(&["/parent/span_id", "/parent_id", "/parentSpanId"]);
    let mut attributes = value.get("attributes").map(attributes).unwrap_or_default();
    let kind = value
        .get("span_kind")
        .filter(|kind| !attributes.is_empty() && kind.is_string());
    attributes.extend(kind.and_then(|kind| pair("openinference.span.kind", kind)));
    Some(Span {
        trace_id: id_of(trace, 16),
        span_id: id_of(id, 8),
        parent_span_id: parent.map(|parent| id_of(parent, 8)).unwrap_or_default(),
        name: name.to_owned(),
        start_time_unix_nano: first(&["/startTimeUnixNano", "/start_time"])
            .and_then(nanos)
            .unwrap_or_default(),
        end_time_unix_nano: first(&["/endTimeUnixNano", "/end_time"])
            .and_then(nanos)
            .unwrap_or_default(),
        attributes,
        events: value
            .get("events")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .map(event)
            .collect(),
        status: first(&["/status/code", "/status/status_code", "/status_code"]).map(status),
        ..Span::default()
    })
}

fn is_nothing(value: &Json) -> bool {
    value.is_null() || *value == "" || *value == 0
}

/// A hash of an id, as long as an id is.
fn id_of(value: &Json, length: usize) -> Vec<u8> {
    let mut hasher = DefaultHasher::new();
    value.to_string().hash(&mut hasher);
    let hash = hasher.finish().max(1).to_be_bytes();
    hash.repeat(2)[..length].to_vec()
}

fn nanos(value: &Json) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn status(value: &Json) -> Status {
    let word = value.to_string().to_ascii_uppercase();
    let code = if word.contains("ERROR") || word == "2" {
        2
    } else {
        i32::from(word.contains("OK") || word == "1")
    };
    Status {
        code,
        ..Status::default()
    }
}

fn event(value: &Json) -> Event {
    let name = value.get("name").and_then(Json::as_str).unwrap_or_default();
    Event {
        name: name.to_owned(),
        attributes: value.get("attributes").map(attributes).unwrap_or_default(),
        ..Event::default()
    }
}

/// Attributes as OTLP writes them, or as a plain object.
fn attributes(value: &Json) -> Vec<KeyValue> {
    if let Some(map) = value.as_object() {
        return map
            .iter()
            .filter_map(|(key, value)| pair(key, value))
            .collect();
    }
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|item| pair(item.get("key")?.as_str()?, &untyped(item.get("value")?)))
        .collect()
}

fn pair(key: &str, value: &Json) -> Option<KeyValue> {
    Some(KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any(value)?),
        }),
        ..KeyValue::default()
    })
}

/// An OTLP value without its type; JavaScript prints large integers in halves.
fn untyped(value: &Json) -> Json {
    let Some((kind, inner)) = value.as_object().and_then(|map| map.iter().next()) else {
        return value.clone();
    };
    match (kind.as_str(), inner) {
        ("intValue", Json::String(text)) => text.parse::<i64>().map_or(Json::Null, Json::from),
        ("arrayValue", inner) => list(inner),
        (_, Json::Object(halves)) if halves.contains_key("low") => halves["low"].clone(),
        (_, inner) => inner.clone(),
    }
}

fn list(inner: &Json) -> Json {
    let values = inner
        .get("values")
        .and_then(Json::as_array)
        .into_iter()
        .flatten();
    values.map(untyped).collect()
}

/// A value as an SDK would send it: what nests goes as JSON.
fn any(value: &Json) -> Option<Value> {
    Some(match value {
        Json::Null => return None,
        Json::Bool(truth) => Value::BoolValue(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::IntValue(whole),
            None => Value::DoubleValue(number.as_f64()?),
        },
        Json::String(text) => Value::StringValue(text.clone()),
        Json::Object(map) if is_otlp_list(map) => any(&list(value))?,
        Json::Array(items) if !items.iter().any(|item| item.is_object() || item.is_array()) => {
            let values = items
                .iter()
                .map(|item| AnyValue { value: any(item) })
                .collect();
            Value::ArrayValue(ArrayValue { values })
        }
        nested => Value::StringValue(nested.to_string()),
    })
}

fn is_otlp_list(map: &Map<String, Json>) -> bool {
    map.len() == 1 && map.contains_key("values")
}
