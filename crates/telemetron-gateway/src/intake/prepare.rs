//! What a body is made into on one core: unpacked, read, mapped, and written as Kafka's messages.

use bytes::Bytes;
use telemetron_model::record::Record;
use telemetron_otlp::wire::{self, Encoding, WireError};
use telemetron_otlp::{Mapped, Prices, Rejected, logs, metrics, traces};

use super::inflate::{self, Coding};
use crate::admission::Place;
use crate::delivery::Pack;
use crate::refusal::Refusal;

/// A body as it came, and how to read it.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) signal: wire::Signal,
    pub(super) encoding: Encoding,
    pub(super) coding: Coding,
    pub(super) body: Bytes,
}

/// What is to be sent for a request, and what of it cannot be.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) pack: Pack,
    pub(super) items: usize,
    pub(super) rejected: Vec<Rejected>,
    /// What is told to the sender of a request that is well and holds nothing.
    pub(super) warning: Option<&'static str>,
}

/// Makes messages of a body.
pub(super) fn prepare(raw: Raw, prices: &Prices, place: &mut Place) -> Result<Prepared, Refusal> {
    let body = inflate::inflate(raw.coding, raw.body, place)?;
    let (items, is_bare, mapped) = map(raw.signal, &body, raw.encoding, prices)
        .map_err(|error| Refusal::Garbage(error.to_string()))?;
    let mut prepared = pack(items, mapped, body.len());
    // An empty request is well; one that says much and holds nothing was meant otherwise.
    let is_odd = is_bare && body.len() > MOST_OF_AN_EMPTY_REQUEST;
    prepared.warning = is_odd.then(|| nothing_found(raw.signal));
    Ok(prepared)
}

/// Most bytes of a request that is empty on purpose.
const MOST_OF_AN_EMPTY_REQUEST: usize = 64;

/// What is told to who meant to send something: unknown fields are ignored, as OTLP demands.
const fn nothing_found(signal: wire::Signal) -> &'static str {
    match signal {
        wire::Signal::Traces => {
            "nothing was found: spans stand in `resourceSpans`, `scopeSpans`, `spans`, spelled so"
        }
        wire::Signal::Logs => {
            "nothing was found: log records stand in `resourceLogs`, `scopeLogs`, `logRecords`, \
             spelled so"
        }
        wire::Signal::Metrics => {
            "nothing was found: points stand in `resourceMetrics`, `scopeMetrics`, `metrics`, \
             `dataPoints`, spelled so"
        }
    }
}

/// Reads a body and maps it; says how many items it holds, and whether not even a resource.
fn map(
    signal: wire::Signal,
    body: &[u8],
    encoding: Encoding,
    prices: &Prices,
) -> Result<(usize, bool, Mapped), WireError> {
    match signal {
        wire::Signal::Traces => {
            let request = wire::decode_traces(body, encoding)?;
            let scopes = request
                .resource_spans
                .iter()
                .flat_map(|resource| &resource.scope_spans);
            let items = scopes.map(|scope| scope.spans.len()).sum();
            let is_bare = request.resource_spans.is_empty();
            Ok((items, is_bare, traces::map(&request, prices)))
        }
        wire::Signal::Logs => {
            let request = wire::decode_logs(body, encoding)?;
            let scopes = request
                .resource_logs
                .iter()
                .flat_map(|resource| &resource.scope_logs);
            let items = scopes.map(|scope| scope.log_records.len()).sum();
            Ok((items, request.resource_logs.is_empty(), logs::map(&request)))
        }
        wire::Signal::Metrics => {
            let request = wire::decode_metrics(body, encoding)?;
            let mapped = metrics::map(&request);
            let items = mapped.records.len() + mapped.rejected.len();
            Ok((items, request.resource_metrics.is_empty(), mapped))
        }
    }
}

fn pack(items: usize, mapped: Mapped, body_bytes: usize) -> Prepared {
    let mut prepared = Prepared {
        // What was read stands beside the attributes; room that is not used costs nothing.
        pack: Pack::with_room(body_bytes * 2),
        items,
        rejected: mapped.rejected,
        warning: None,
    };
    for record in &mapped.records {
        if let Err(unfit) = prepared.pack.add(record) {
            let item = item(record);
            let reason = unfit.to_string();
            prepared.rejected.push(Rejected { item, reason });
        }
    }
    prepared
}

/// How a record is named to its sender.
fn item(record: &Record) -> String {
    match record {
        Record::Span(span) => format!("span `{}` {}", span.name, span.span_id),
        Record::Event(event) => format!("event `{}`", event.event_name),
        Record::Metric(point) => format!("metric `{}`", point.name),
        other => other.key(),
    }
}
