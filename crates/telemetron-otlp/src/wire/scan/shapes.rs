//! The messages of OTLP as far as a scan has to know them: fields by their numbers, and what each
//! message takes in memory.

use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, SummaryDataPoint,
};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

use super::super::Signal;

/// A message.
pub(super) struct Shape {
    /// What it takes as an element of a list.
    pub(super) bytes: usize,
    /// Whether it is a span, a log record or a point.
    pub(super) is_item: bool,
    /// Whether it is the value of an attribute, which may hold others.
    pub(super) is_value: bool,
    /// Its fields.
    pub(super) fields: &'static [(u32, Kind)],
}

/// What a field is.
pub(super) enum Kind {
    /// A message.
    One(&'static Shape),
    /// Messages.
    Many(&'static Shape),
    /// A text or bytes.
    Text,
    /// Texts.
    Texts,
    /// An id of so many bytes.
    Id(usize),
    /// A number.
    Number(Size),
    /// Numbers, packed or not.
    Numbers(Size),
}

/// What a number takes on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Varint,
    Four,
    Eight,
}

impl Size {
    /// The least that it takes.
    pub(super) const fn least(self) -> usize {
        match self {
            Self::Varint => 1,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// The request of a signal.
pub(super) const fn of(signal: Signal) -> &'static Shape {
    match signal {
        Signal::Traces => &TRACES,
        Signal::Logs => &LOGS,
        Signal::Metrics => &METRICS,
    }
}

/// The fields of a value that hold other values.
pub(super) const NESTING: [u32; 2] = [5, 6];

use Kind::{Id, Many, Number, Numbers, One, Text, Texts};
use Size::{Eight, Four, Varint};

const VARINT: Kind = Number(Varint);
const FOUR: Kind = Number(Four);
const EIGHT: Kind = Number(Eight);

const fn shape(bytes: usize, fields: &'static [(u32, Kind)]) -> Shape {
    Shape {
        bytes,
        is_item: false,
        is_value: false,
        fields,
    }
}

const fn item(bytes: usize, fields: &'static [(u32, Kind)]) -> Shape {
    Shape {
        is_item: true,
        ..shape(bytes, fields)
    }
}

static VALUE: Shape = Shape {
    is_value: true,
    ..shape(
        size_of::<AnyValue>(),
        &[
            (1, Text),
            (2, VARINT),
            (3, VARINT),
            (4, EIGHT),
            (5, One(&ARRAY)),
            (6, One(&PAIRS)),
            (7, Text),
            (8, VARINT),
        ],
    )
};
static ARRAY: Shape = shape(0, &[(1, Many(&VALUE))]);
static PAIRS: Shape = shape(0, &[(1, Many(&PAIR))]);
static PAIR: Shape = shape(
    size_of::<KeyValue>(),
    &[(1, Text), (2, One(&VALUE)), (3, VARINT)],
);
static ENTITY: Shape = shape(
    size_of::<EntityRef>(),
    &[(1, Text), (2, Text), (3, Texts), (4, Texts)],
);
static RESOURCE: Shape = shape(0, &[(1, Many(&PAIR)), (2, VARINT), (3, Many(&ENTITY))]);
static SCOPE: Shape = shape(0, &[(1, Text), (2, Text), (3, Many(&PAIR)), (4, VARINT)]);

static TRACES: Shape = shape(0, &[(1, Many(&RESOURCE_SPANS))]);
static RESOURCE_SPANS: Shape = shape(
    size_of::<ResourceSpans>(),
    &[(1, One(&RESOURCE)), (2, Many(&SCOPE_SPANS)), (3, Text)],
);
static SCOPE_SPANS: Shape = shape(
    size_of::<ScopeSpans>(),
    &[(1, One(&SCOPE)), (2, Many(&SPAN)), (3, Text)],
);
static SPAN: Shape = item(
    size_of::<Span>(),
    &[
        (1, Id(16)),
        (2, Id(8)),
        (3, Text),
        (4, Id(8)),
        (5, Text),
        (6, VARINT),
        (7, EIGHT),
        (8, EIGHT),
        (9, Many(&PAIR)),
        (10, VARINT),
        (11, Many(&EVENT)),
        (12, VARINT),
        (13, Many(&LINK)),
        (14, VARINT),
        (15, One(&STATUS)),
        (16, FOUR),
    ],
);
static EVENT: Shape = shape(
    size_of::<Event>(),
    &[(1, EIGHT), (2, Text), (3, Many(&PAIR)), (4, VARINT)],
);
static LINK: Shape = shape(
    size_of::<Link>(),
    &[
        (1, Id(16)),
        (2, Id(8)),
        (3, Text),
        (4, Many(&PAIR)),
        (5, VARINT),
        (6, FOUR),
    ],
);
static STATUS: Shape = shape(0, &[(2, Text), (3, VARINT)]);

static LOGS: Shape = shape(0, &[(1, Many(&RESOURCE_LOGS))]);
static RESOURCE_LOGS: Shape = shape(
    size_of::<ResourceLogs>(),
    &[(1, One(&RESOURCE)), (2, Many(&SCOPE_LOGS)), (3, Text)],
);
static SCOPE_LOGS: Shape = shape(
    size_of::<ScopeLogs>(),
    &[(1, One(&SCOPE)), (2, Many(&LOG)), (3, Text)],
);
static LOG: Shape = item(
    size_of::<LogRecord>(),
    &[
        (1, EIGHT),
        (2, VARINT),
        (3, Text),
        (5, One(&VALUE)),
        (6, Many(&PAIR)),
        (7, VARINT),
        (8, FOUR),
        (9, Id(16)),
        (10, Id(8)),
        (11, EIGHT),
        (12, Text),
    ],
);

static METRICS: Shape = shape(0, &[(1, Many(&RESOURCE_METRICS))]);
static RESOURCE_METRICS: Shape = shape(
    size_of::<ResourceMetrics>(),
    &[(1, One(&RESOURCE)), (2, Many(&SCOPE_METRICS)), (3, Text)],
);
static SCOPE_METRICS: Shape = shape(
    size_of::<ScopeMetrics>(),
    &[(1, One(&SCOPE)), (2, Many(&METRIC)), (3, Text)],
);
static METRIC: Shape = shape(
    size_of::<Metric>(),
    &[
        (1, Text),
        (2, Text),
        (3, Text),
        (5, One(&NUMBERS)),
        (7, One(&NUMBERS)),
        (9, One(&HISTOGRAMS)),
        (10, One(&EXPONENTIALS)),
        (11, One(&SUMMARIES)),
        (12, Many(&PAIR)),
    ],
);
static NUMBERS: Shape = shape(0, &[(1, Many(&NUMBER)), (2, VARINT), (3, VARINT)]);
static HISTOGRAMS: Shape = shape(0, &[(1, Many(&HISTOGRAM)), (2, VARINT)]);
static EXPONENTIALS: Shape = shape(0, &[(1, Many(&EXPONENTIAL)), (2, VARINT)]);
static SUMMARIES: Shape = shape(0, &[(1, Many(&SUMMARY))]);
static NUMBER: Shape = item(
    size_of::<NumberDataPoint>(),
    &[
        (2, EIGHT),
        (3, EIGHT),
        (4, EIGHT),
        (5, Many(&EXEMPLAR)),
        (6, EIGHT),
        (7, Many(&PAIR)),
        (8, VARINT),
    ],
);
static HISTOGRAM: Shape = item(
    size_of::<HistogramDataPoint>(),
    &[
        (2, EIGHT),
        (3, EIGHT),
        (4, EIGHT),
        (5, EIGHT),
        (6, Numbers(Eight)),
        (7, Numbers(Eight)),
        (8, Many(&EXEMPLAR)),
        (9, Many(&PAIR)),
        (10, VARINT),
        (11, EIGHT),
        (12, EIGHT),
    ],
);
static EXPONENTIAL: Shape = item(
    size_of::<ExponentialHistogramDataPoint>(),
    &[
        (1, Many(&PAIR)),
        (2, EIGHT),
        (3, EIGHT),
        (4, EIGHT),
        (5, EIGHT),
        (6, VARINT),
        (7, EIGHT),
        (8, One(&BUCKETS)),
        (9, One(&BUCKETS)),
        (10, VARINT),
        (11, Many(&EXEMPLAR)),
        (12, EIGHT),
        (13, EIGHT),
        (14, EIGHT),
    ],
);
static BUCKETS: Shape = shape(0, &[(1, VARINT), (2, Numbers(Varint))]);
static SUMMARY: Shape = item(
    size_of::<SummaryDataPoint>(),
    &[
        (2, EIGHT),
        (3, EIGHT),
        (4, EIGHT),
        (5, EIGHT),
        (6, Many(&QUANTILE)),
        (7, Many(&PAIR)),
        (8, VARINT),
    ],
);
static QUANTILE: Shape = shape(size_of::<ValueAtQuantile>(), &[(1, EIGHT), (2, EIGHT)]);
static EXEMPLAR: Shape = shape(
    size_of::<Exemplar>(),
    &[
        (2, EIGHT),
        (3, EIGHT),
        (4, Id(8)),
        (5, Id(16)),
        (6, EIGHT),
        (7, Many(&PAIR)),
    ],
);
