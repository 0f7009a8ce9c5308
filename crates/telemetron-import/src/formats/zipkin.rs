//! Zipkin, version 2 of its JSON: a span a document.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::foreign::{self, ForeignEvent, ForeignSpan, Id, TraceKey};
use crate::{Document, Format, Run};

/// The form of Zipkin.
pub(crate) struct Zipkin;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    trace_id: TraceKey,
    id: Id,
    #[serde(default)]
    parent_id: Id,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
    /// Microseconds.
    #[serde(default)]
    timestamp: u64,
    /// Microseconds; none while it runs.
    duration: Option<u64>,
    #[serde(default)]
    shared: bool,
    local_endpoint: Option<Endpoint>,
    remote_endpoint: Option<Endpoint>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    service_name: Option<String>,
    ipv4: Option<String>,
    ipv6: Option<String>,
    port: Option<u32>,
}

#[derive(Deserialize)]
struct Annotation {
    timestamp: u64,
    value: String,
}

impl Format for Zipkin {
    fn name(&self) -> &'static str {
        "zipkin"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let timed = document.has(&["timestamp"]) || document.has(&["localEndpoint"]);
        document.has(&["traceId", "id"]) && timed && !document.has(&["type"])
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let span: Span = document.parse()?;
        Ok(foreign::records(vec![span.foreign()]))
    }
}

impl Span {
    fn foreign(self) -> ForeignSpan {
        let (id, parent) = self.identity();
        let failed = self.tags.contains_key("error").then_some(true);
        let message = self.tags.get("error").cloned().unwrap_or_default();
        let mut attributes: Map<_, _> = self
            .tags
            .into_iter()
            .map(|(key, value)| (key, Value::String(value)))
            .collect();
        if let Some(remote) = self.remote_endpoint {
            remote.describe(&mut attributes);
        }
        let local = self
            .local_endpoint
            .and_then(|endpoint| endpoint.service_name);
        let service = local.map(|name| ("service.name".to_owned(), Value::String(name)));
        ForeignSpan {
            trace: self.trace_id,
            id,
            parent,
            name: self.name,
            kind: foreign::kind(&self.kind),
            start: self.timestamp.saturating_mul(1000),
            end: self.duration.map_or(0, |duration| {
                (self.timestamp + duration).saturating_mul(1000)
            }),
            attributes,
            failed,
            message,
            events: self.annotations.into_iter().map(event).collect(),
            resource: service.into_iter().collect(),
            ..ForeignSpan::default()
        }
    }

    /// The server's side of a call may bear the id of the client's: it gets one of its own, below it.
    fn identity(&self) -> (Id, Option<Id>) {
        if self.shared {
            return (self.id.other("server"), Some(self.id.clone()));
        }
        let parent = self.parent_id.clone().known();
        (self.id.clone(), parent.filter(|parent| *parent != self.id))
    }
}

impl Endpoint {
    fn describe(self, attributes: &mut Map<String, Value>) {
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                attributes.entry(name).or_insert(value);
            }
        };
        put("peer.service", self.service_name.map(Value::from));
        put("server.address", self.ipv4.or(self.ipv6).map(Value::from));
        put("server.port", self.port.map(Value::from));
    }
}

fn event(annotation: Annotation) -> ForeignEvent {
    ForeignEvent {
        name: annotation.value,
        time: annotation.timestamp.saturating_mul(1000),
        attributes: Map::new(),
    }
}
