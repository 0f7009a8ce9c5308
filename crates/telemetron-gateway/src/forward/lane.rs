//! The lanes: each signal goes on by itself, so that one that is not taken holds up no other.

use telemetron_model::record::{MetricPoint, Record, Span, Status};
use telemetron_model::topic::Topic;
use telemetron_otlp::encode;
use telemetron_otlp::via::{self, Via};
use telemetron_otlp::wire::{self, Encoding};

/// A signal of OTLP that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Lane {
    /// Finished spans
    Traces,
    /// Events, handoffs, errors, and what is known of traces, agents and tasks, as log records
    Logs,
    /// Metric points
    Metrics,
}

impl Lane {
    /// Its word: in the path of the endpoint, in metrics and in logs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }

    /// The topics whose records go this way.
    pub(super) const fn topics(self) -> &'static [Topic] {
        match self {
            Self::Traces => &[Topic::Spans],
            Self::Logs => &[Topic::Traces, Topic::Handoffs, Topic::Events, Topic::Errors],
            Self::Metrics => &[Topic::Metrics],
        }
    }

    /// The consumer group; that of spans bears the name alone.
    pub(super) fn group(self, named: &str) -> String {
        match self {
            Self::Traces => named.to_owned(),
            Self::Logs | Self::Metrics => format!("{named}-{}", self.as_str()),
        }
    }

    /// Whether a record goes on: a span that runs will come again when it has ended.
    pub(super) fn takes(record: &Record) -> bool {
        match record {
            Record::Span(span) => span.status != Status::Running && span.end_time.is_some(),
            _ => true,
        }
    }

    /// The request of these records, which came through these platforms.
    pub(super) fn request(self, records: &[Record], via: &Via, encoding: Encoding) -> Vec<u8> {
        match self {
            Self::Traces => {
                let request = encode::whole_traces(records.iter().filter_map(span));
                wire::encode_traces(&marked(request, via), encoding)
            }
            Self::Logs => {
                let request = encode::logs(records.iter());
                wire::encode_logs(&marked(request, via), encoding)
            }
            Self::Metrics => {
                let request = encode::metrics(records.iter().filter_map(point));
                wire::encode_metrics(&marked(request, via), encoding)
            }
        }
    }
}

fn marked<R: via::Request>(request: R, via: &Via) -> R {
    if via.is_empty() {
        return request;
    }
    via::mark(request, via)
}

fn span(record: &Record) -> Option<&Span> {
    match record {
        Record::Span(span) => Some(span),
        _ => None,
    }
}

fn point(record: &Record) -> Option<&MetricPoint> {
    match record {
        Record::Metric(point) => Some(point),
        _ => None,
    }
}
