//! One span as OTLP, with what it says of its resource and its scope.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, Status};
use serde::Deserialize;
use telemetron_model::record::Span;
use telemetron_model::{Entries, RawJson, Timestamp, same};

use super::groups::Origin;
use super::{events, ids, plain, semconv};
use crate::reserved::{RESOURCE, SCOPE, SPAN};

/// A span, and the groups it belongs into.
pub(super) struct Written {
    pub(super) span: otlp::Span,
    pub(super) resource: Origin,
    pub(super) scope: Origin,
}

/// What a record has no place for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Rest {
    kind: i32,
    flags: u32,
    trace_state: String,
    status_code: i32,
    status_message: String,
    dropped_attributes_count: u32,
    dropped_events_count: u32,
    dropped_links_count: u32,
    times: Option<[u64; 2]>,
}

impl Written {
    /// Writes a span: as it came, or in the words of the GenAI conventions.
    pub(super) fn of(span: &Span) -> Self {
        let (input, output) = (span.input_data.as_ref(), span.output_data.as_ref());
        let own = span.attributes.as_ref();
        let whole = own.and_then(|own| same::expand(own, input, output));
        let json = whole.as_ref().or(own).map_or("{}", RawJson::get);
        let entries = Entries::of(json);
        let mut written = otlp(span, plain::attributes(&entries));
        match entries.get(SPAN) {
            Some(rest) => complete(&mut written, serde_json::from_str(rest).unwrap_or_default()),
            None => semconv::describe(&mut written, span),
        }
        let resource = entries.get(RESOURCE).map(str::to_owned);
        Self {
            span: written,
            resource: Origin(resource.unwrap_or_else(|| semconv::resource(span))),
            scope: Origin::of(entries.get(SCOPE)),
        }
    }
}

/// What all spans have.
fn otlp(span: &Span, attributes: Vec<KeyValue>) -> otlp::Span {
    otlp::Span {
        trace_id: span.trace_id.as_bytes().to_vec(),
        span_id: ids::span_id(span.span_id),
        parent_span_id: span.parent_span_id.map(ids::span_id).unwrap_or_default(),
        name: span.name.clone(),
        start_time_unix_nano: nanos(span.start_time),
        end_time_unix_nano: span.end_time.map(nanos).unwrap_or_default(),
        attributes,
        events: events::events(span.events.as_ref()),
        links: events::links(span.links.as_ref()),
        ..otlp::Span::default()
    }
}

/// What only a span that came by OTLP has.
fn complete(written: &mut otlp::Span, rest: Rest) {
    written.kind = rest.kind;
    written.flags = rest.flags;
    written.trace_state = rest.trace_state;
    written.dropped_attributes_count = rest.dropped_attributes_count;
    written.dropped_events_count = rest.dropped_events_count;
    written.dropped_links_count = rest.dropped_links_count;
    if let Some([start, end]) = rest.times {
        written.start_time_unix_nano = start;
        written.end_time_unix_nano = end;
    }
    if rest.status_code != 0 || !rest.status_message.is_empty() {
        written.status = Some(Status {
            code: rest.status_code,
            message: rest.status_message,
        });
    }
}

fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.nanos()).unwrap_or_default()
}
