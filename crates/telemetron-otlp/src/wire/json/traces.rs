//! Spans.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

use super::bytes::Hex;
use super::enums::Enum;
use super::message::message;

message!(ExportTraceServiceRequest { "resourceSpans" => resource_spans });

message!(ResourceSpans {
    "resource" => resource,
    "scopeSpans" => scope_spans,
    "schemaUrl" => schema_url,
});

message!(ScopeSpans {
    "scope" => scope,
    "spans" => spans,
    "schemaUrl" => schema_url,
});

message!(item Span {
    "traceId" => trace_id as Hex,
    "spanId" => span_id as Hex,
    "traceState" => trace_state,
    "parentSpanId" => parent_span_id as Hex,
    "flags" => flags,
    "name" => name,
    "kind" => kind as kind,
    "startTimeUnixNano" => start_time_unix_nano,
    "endTimeUnixNano" => end_time_unix_nano,
    "attributes" => attributes,
    "droppedAttributesCount" => dropped_attributes_count,
    "events" => events,
    "droppedEventsCount" => dropped_events_count,
    "links" => links,
    "droppedLinksCount" => dropped_links_count,
    "status" => status,
});

message!(Event {
    "timeUnixNano" => time_unix_nano,
    "name" => name,
    "attributes" => attributes,
    "droppedAttributesCount" => dropped_attributes_count,
});

message!(Link {
    "traceId" => trace_id as Hex,
    "spanId" => span_id as Hex,
    "traceState" => trace_state,
    "attributes" => attributes,
    "droppedAttributesCount" => dropped_attributes_count,
    "flags" => flags,
});

message!(Status { "message" => message, "code" => code as code });

fn kind(place: &mut i32) -> Enum<'_> {
    let number = |name: &str| SpanKind::from_str_name(name).map(i32::from);
    Enum { place, number }
}

fn code(place: &mut i32) -> Enum<'_> {
    let number = |name: &str| StatusCode::from_str_name(name).map(i32::from);
    Enum { place, number }
}
