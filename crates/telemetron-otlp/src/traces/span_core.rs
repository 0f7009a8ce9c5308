//! Ids and times of a span: what it cannot be stored without.

use opentelemetry_proto::tonic::trace::v1::Span;
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::dialect::Pending;

/// Where a span stands, and when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpanCore {
    /// Its trace.
    pub(super) trace_id: TraceId,
    /// Its id.
    pub(super) span_id: SpanId,
    /// Its parent. An id of zeros, of wrong length, or its own is none.
    pub(super) parent: Option<SpanId>,
    /// When it began: its start, else its end, else its first event.
    pub(super) start: Timestamp,
    /// When it ended, never before it began; none while it runs.
    pub(super) end: Option<Timestamp>,
    /// Whether its times were written in another unit than nanoseconds.
    pub(super) unit_repaired: bool,
}

const NO_TRACE_ID: &str = "the trace id must have 16 bytes (32 hex digits in JSON), not all zero";
const NO_SPAN_ID: &str = "the span id must have 8 bytes (16 hex digits in JSON), not all zero";
const NO_TIME: &str = "the span has no time; set startTimeUnixNano";
const FAR_TIME: &str = "a time lies beyond the year 2262; times are nanoseconds since 1970";

impl SpanCore {
    /// Reads ids and times.
    pub(super) fn of(span: &Span) -> Result<Self, &'static str> {
        let trace_id = TraceId::from_slice(&span.trace_id).map_err(|_| NO_TRACE_ID)?;
        let span_id = SpanId::from_slice(&span.span_id).map_err(|_| NO_SPAN_ID)?;
        let parent = SpanId::from_slice(&span.parent_span_id).ok();
        let start = instant(span.start_time_unix_nano)?;
        let end = instant(span.end_time_unix_nano)?;
        let event = || {
            let times = span.events.iter().map(|event| event.time_unix_nano);
            times
                .filter(|time| *time > 0)
                .min()
                .and_then(|time| instant(time).ok()?)
        };
        let start = start.or(end).or_else(event).ok_or(NO_TIME)?;
        Ok(Self {
            trace_id,
            span_id,
            parent: parent.filter(|parent| *parent != span_id),
            start,
            end: end.map(|end| end.max(start)),
            unit_repaired: times_in_another_unit(span).is_some(),
        })
    }

    /// The core of the span whose start this one announces.
    pub(super) fn announced(&self, pending: &Pending) -> Result<Self, &'static str> {
        let span_id = SpanId::from_slice(&pending.span_id).map_err(|_| NO_SPAN_ID)?;
        let parent = pending.parent_span_id.as_deref();
        Ok(Self {
            span_id,
            parent: parent.and_then(|parent| SpanId::from_slice(parent).ok()),
            end: None,
            ..*self
        })
    }
}

/// Start and end as they came, where one of them was written in another unit than nanoseconds.
pub(super) fn times_in_another_unit(span: &Span) -> Option<[u64; 2]> {
    let times = [span.start_time_unix_nano, span.end_time_unix_nano];
    let repaired = |time: &u64| i64::try_from(*time).is_ok_and(|time| unit(time) > 1);
    times.iter().any(repaired).then_some(times)
}

/// Nanoseconds of OTLP; zero is none.
fn instant(nanos: u64) -> Result<Option<Timestamp>, &'static str> {
    let nanos = i64::try_from(nanos).map_err(|_| FAR_TIME)?;
    Ok((nanos > 0).then_some(Timestamp::from_nanos(nanos.saturating_mul(unit(nanos)))))
}

/// The nanoseconds in the unit of a time: one that reads as the first months of 1970 was written in
/// seconds, milli- or microseconds, which are then of the years 2001 to 2286.
const fn unit(time: i64) -> i64 {
    match time {
        1_000_000_000..10_000_000_000 => 1_000_000_000,
        1_000_000_000_000..10_000_000_000_000 => 1_000_000,
        1_000_000_000_000_000..10_000_000_000_000_000 => 1_000,
        _ => 1,
    }
}
