//! Events and links of a record back to those of OTLP.

use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use serde::Deserialize;
use serde_json::value::RawValue;
use telemetron_model::{Entries, RawJson, SpanId, Timestamp, TraceId};

use super::ids::span_id;
use super::plain;

#[derive(Deserialize, Default)]
#[serde(default)]
struct EventJson<'a> {
    name: String,
    time: Timestamp,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    dropped_attributes_count: u32,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LinkJson<'a> {
    trace_id: String,
    span_id: String,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    trace_state: String,
    flags: u32,
    dropped_attributes_count: u32,
}

/// The events; those that were cut are none.
pub(super) fn events(json: Option<&RawJson>) -> Vec<Event> {
    let events: Vec<EventJson<'_>> = json.and_then(|json| json.parse().ok()).unwrap_or_default();
    let events = events.into_iter().filter(|event| !event.name.is_empty());
    events
        .map(|event| Event {
            time_unix_nano: u64::try_from(event.time.nanos()).unwrap_or_default(),
            name: event.name,
            attributes: attributes(event.attributes),
            dropped_attributes_count: event.dropped_attributes_count,
        })
        .collect()
}

/// The links; those that were cut are none.
pub(super) fn links(json: Option<&RawJson>) -> Vec<Link> {
    let links: Vec<LinkJson<'_>> = json.and_then(|json| json.parse().ok()).unwrap_or_default();
    let links = links.into_iter().filter_map(|link| {
        let trace_id: TraceId = link.trace_id.parse().ok()?;
        let span: SpanId = link.span_id.parse().ok()?;
        Some(Link {
            trace_id: trace_id.as_bytes().to_vec(),
            span_id: span_id(span),
            trace_state: link.trace_state,
            attributes: attributes(link.attributes),
            dropped_attributes_count: link.dropped_attributes_count,
            flags: link.flags,
        })
    });
    links.collect()
}

fn attributes(json: Option<&RawValue>) -> Vec<opentelemetry_proto::tonic::common::v1::KeyValue> {
    json.map(|json| plain::attributes(&Entries::of(json.get())))
        .unwrap_or_default()
}
