//! Requests as OTLP/JSON: 64-bit integers quoted, ids in hex, defaults left out.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::value::{AttributeList, List, Typed};

/// A message, written as OTLP/JSON.
pub(crate) struct Json<'a, T>(pub(crate) &'a T);

/// The request as OTLP/JSON.
pub(crate) fn encode<T>(request: &T) -> Vec<u8>
where
    for<'a> Json<'a, T>: Serialize,
{
    // Keys are texts and numbers that are not finite are quoted: nothing can fail.
    serde_json::to_vec(&Json(request)).unwrap_or_default()
}

/// An object that leaves out what has its default.
struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    fn any<V: Serialize>(&mut self, name: &str, value: V) -> Result<(), M::Error> {
        self.0.serialize_entry(name, &value)
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), M::Error> {
        self.some(name, text, !text.is_empty())
    }

    fn small<N: Serialize + PartialEq + Default>(
        &mut self,
        name: &str,
        number: N,
    ) -> Result<(), M::Error> {
        let there = number != N::default();
        self.some(name, number, there)
    }

    fn long(&mut self, name: &str, number: u64) -> Result<(), M::Error> {
        self.some(name, number.to_string(), number > 0)
    }

    fn id(&mut self, name: &str, bytes: &[u8]) -> Result<(), M::Error> {
        self.some(name, hex(bytes), !bytes.is_empty())
    }

    fn attributes(&mut self, attributes: &[KeyValue]) -> Result<(), M::Error> {
        self.some(
            "attributes",
            AttributeList(attributes),
            !attributes.is_empty(),
        )
    }

    fn list<T>(&mut self, name: &str, items: &[T]) -> Result<(), M::Error>
    where
        for<'a> Json<'a, T>: Serialize,
    {
        self.some(name, List(items, Json), !items.is_empty())
    }

    fn message<T>(&mut self, name: &str, message: Option<&T>) -> Result<(), M::Error>
    where
        for<'a> Json<'a, T>: Serialize,
    {
        message.map_or(Ok(()), |message| self.any(name, Json(message)))
    }

    fn some<V: Serialize>(&mut self, name: &str, value: V, there: bool) -> Result<(), M::Error> {
        if there { self.any(name, value) } else { Ok(()) }
    }
}

/// Writes messages as objects of their fields.
macro_rules! written {
    ($($message:ty, |$this:ident, $fields:ident| $body:block)*) => {$(
        impl Serialize for Json<'_, $message> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $this = self.0;
                let mut $fields = Fields(serializer.serialize_map(None)?);
                $body
                $fields.0.end()
            }
        }
    )*};
}

// Behind the macro, which it uses.
mod metrics;

written! {
    ExportTraceServiceRequest, |this, fields| {
        fields.list("resourceSpans", &this.resource_spans)?;
    }
    ResourceSpans, |this, fields| {
        fields.message("resource", this.resource.as_ref())?;
        fields.list("scopeSpans", &this.scope_spans)?;
        fields.text("schemaUrl", &this.schema_url)?;
    }
    Resource, |this, fields| {
        fields.attributes(&this.attributes)?;
        fields.small("droppedAttributesCount", this.dropped_attributes_count)?;
    }
    ScopeSpans, |this, fields| {
        fields.message("scope", this.scope.as_ref())?;
        fields.list("spans", &this.spans)?;
        fields.text("schemaUrl", &this.schema_url)?;
    }
    InstrumentationScope, |this, fields| {
        fields.text("name", &this.name)?;
        fields.text("version", &this.version)?;
        fields.attributes(&this.attributes)?;
        fields.small("droppedAttributesCount", this.dropped_attributes_count)?;
    }
    Span, |this, fields| {
        fields.id("traceId", &this.trace_id)?;
        fields.id("spanId", &this.span_id)?;
        fields.text("traceState", &this.trace_state)?;
        fields.id("parentSpanId", &this.parent_span_id)?;
        fields.small("flags", this.flags)?;
        fields.text("name", &this.name)?;
        fields.small("kind", this.kind)?;
        fields.long("startTimeUnixNano", this.start_time_unix_nano)?;
        fields.long("endTimeUnixNano", this.end_time_unix_nano)?;
        fields.attributes(&this.attributes)?;
        fields.small("droppedAttributesCount", this.dropped_attributes_count)?;
        fields.list("events", &this.events)?;
        fields.small("droppedEventsCount", this.dropped_events_count)?;
        fields.list("links", &this.links)?;
        fields.small("droppedLinksCount", this.dropped_links_count)?;
        fields.message("status", this.status.as_ref())?;
    }
    Event, |this, fields| {
        fields.long("timeUnixNano", this.time_unix_nano)?;
        fields.text("name", &this.name)?;
        fields.attributes(&this.attributes)?;
        fields.small("droppedAttributesCount", this.dropped_attributes_count)?;
    }
    Link, |this, fields| {
        fields.id("traceId", &this.trace_id)?;
        fields.id("spanId", &this.span_id)?;
        fields.text("traceState", &this.trace_state)?;
        fields.attributes(&this.attributes)?;
        fields.small("droppedAttributesCount", this.dropped_attributes_count)?;
        fields.small("flags", this.flags)?;
    }
    ExportLogsServiceRequest, |this, fields| {
        fields.list("resourceLogs", &this.resource_logs)?;
    }
    ResourceLogs, |this, fields| {
        fields.message("resource", this.resource.as_ref())?;
        fields.list("scopeLogs", &this.scope_logs)?;
        fields.text("schemaUrl", &this.schema_url)?;
    }
    ScopeLogs, |this, fields| {
        fields.message("scope", this.scope.as_ref())?;
        fields.list("logRecords", &this.log_records)?;
        fields.text("schemaUrl", &this.schema_url)?;
    }
    LogRecord, |this, fields| {
        fields.long("timeUnixNano", this.time_unix_nano)?;
        fields.long("observedTimeUnixNano", this.observed_time_unix_nano)?;
        fields.small("severityNumber", this.severity_number)?;
        fields.text("severityText", &this.severity_text)?;
        if let Some(body) = &this.body {
            fields.any("body", Typed(body.value.as_ref()))?;
        }
        fields.attributes(&this.attributes)?;
        fields.small("droppedAttributesCount", this.dropped_attributes_count)?;
        fields.small("flags", this.flags)?;
        fields.id("traceId", &this.trace_id)?;
        fields.id("spanId", &this.span_id)?;
        fields.text("eventName", &this.event_name)?;
    }
    Status, |this, fields| {
        fields.text("message", &this.message)?;
        fields.small("code", this.code)?;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
