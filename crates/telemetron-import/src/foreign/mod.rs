//! Spans of other tracers. Each form is turned into OpenTelemetry spans, so that one set of dialects
//! reads them all.
//!
//! ```text
//!  Jaeger · Zipkin · SDK · Langfuse · Agents SDK ─▶ ForeignSpan ─▶ OTLP ─▶ telemetron_otlp ─▶ records
//! ```
//!
//! Ids that fit no OTLP span (12 or 16 bytes, texts) stand in as hashes on the way and are put back
//! into the records, so that a span keeps the id under which its maker knows it.

mod id;
mod time;
mod value;

use std::collections::HashMap;

use serde_json::{Map, Value};
use telemetron_model::SpanId;
use telemetron_model::record::Record;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::proto::common::v1::InstrumentationScope;
use telemetron_otlp::proto::resource::v1::Resource;
use telemetron_otlp::proto::trace::v1::span::{Event, Link};
use telemetron_otlp::proto::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use telemetron_otlp::traces;

pub(super) use id::{Id, TraceKey};
pub(super) use time::nanos;

use super::{PRICES, Run};

/// A span in the words of whoever recorded it.
#[derive(Debug, Clone, Default)]
pub(super) struct ForeignSpan {
    pub(super) trace: TraceKey,
    pub(super) id: Id,
    pub(super) parent: Option<Id>,
    pub(super) name: String,
    /// The number of OTLP's span kind; 0 when nobody says.
    pub(super) kind: i32,
    /// Nanoseconds since the epoch; 0 when unknown.
    pub(super) start: u64,
    /// Nanoseconds since the epoch; 0 while it runs.
    pub(super) end: u64,
    pub(super) attributes: Map<String, Value>,
    pub(super) failed: Option<bool>,
    pub(super) message: String,
    pub(super) events: Vec<ForeignEvent>,
    pub(super) links: Vec<(TraceKey, Id)>,
    pub(super) resource: Map<String, Value>,
    pub(super) scope: String,
}

/// A point in time inside a span.
#[derive(Debug, Clone, Default)]
pub(super) struct ForeignEvent {
    pub(super) name: String,
    pub(super) time: u64,
    pub(super) attributes: Map<String, Value>,
}

/// The records of spans, and why some have none.
pub(super) fn records(spans: Vec<ForeignSpan>) -> Run {
    let names = spans
        .iter()
        .flat_map(|span| [Some(&span.id), span.parent.as_ref()]);
    let foreign: HashMap<SpanId, SpanId> = names.flatten().filter_map(Id::stand_in).collect();
    let request = ExportTraceServiceRequest {
        resource_spans: spans.into_iter().map(ForeignSpan::into_otlp).collect(),
    };
    let mut run = Run::of(traces::map(&request, &PRICES));
    if !foreign.is_empty() {
        for record in &mut run.records {
            restore(record, &foreign);
        }
    }
    run
}

/// Puts ids back for which others stood in.
fn restore(record: &mut Record, foreign: &HashMap<SpanId, SpanId>) {
    let put_back = |id: &mut SpanId| {
        if let Some(own) = foreign.get(id) {
            *id = *own;
        }
    };
    match record {
        Record::Span(span) => {
            put_back(&mut span.span_id);
            span.parent_span_id.iter_mut().for_each(put_back);
        }
        Record::Handoff(handoff) => handoff.span_id.iter_mut().for_each(put_back),
        Record::Event(event) => event.span_id.iter_mut().for_each(put_back),
        Record::Error(error) => error.span_id.iter_mut().for_each(put_back),
        _ => {}
    }
}

impl ForeignSpan {
    fn into_otlp(self) -> ResourceSpans {
        let scope = InstrumentationScope {
            name: self.scope,
            ..InstrumentationScope::default()
        };
        let status = Status {
            message: self.message,
            code: self.failed.map_or(0, |failed| if failed { 2 } else { 1 }),
        };
        let span = Span {
            trace_id: self.trace.bytes(),
            span_id: self.id.bytes(),
            parent_span_id: self.parent.map(|id| id.bytes()).unwrap_or_default(),
            name: self.name,
            kind: self.kind,
            start_time_unix_nano: self.start,
            end_time_unix_nano: self.end,
            attributes: value::pairs(self.attributes),
            events: self
                .events
                .into_iter()
                .map(ForeignEvent::into_otlp)
                .collect(),
            links: self.links.iter().map(link).collect(),
            status: Some(status),
            ..Span::default()
        };
        ResourceSpans {
            resource: Some(Resource {
                attributes: value::pairs(self.resource),
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope),
                spans: vec![span],
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }
    }
}

impl ForeignEvent {
    fn into_otlp(self) -> Event {
        Event {
            time_unix_nano: self.time,
            name: self.name,
            attributes: value::pairs(self.attributes),
            ..Event::default()
        }
    }
}

fn link((trace, span): &(TraceKey, Id)) -> Link {
    Link {
        trace_id: trace.bytes(),
        span_id: span.bytes(),
        ..Link::default()
    }
}

/// The number of a span kind, however it is spelled; 0 when nobody says.
pub(super) fn kind(word: &str) -> i32 {
    let word = word.rsplit('.').next().unwrap_or_default();
    match word.to_ascii_lowercase().trim_start_matches("span_kind_") {
        "internal" => 1,
        "server" => 2,
        "client" => 3,
        "producer" => 4,
        "consumer" => 5,
        _ => 0,
    }
}
