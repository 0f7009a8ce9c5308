//! What the points of a metric share, and what a point cannot be without.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, DataPointFlags, ExponentialHistogramDataPoint, HistogramDataPoint,
    Metric, NumberDataPoint, SummaryDataPoint,
};
use telemetron_model::record::{MetricPoint, MetricType, Temporality};
use telemetron_model::{RawJson, Timestamp};

use super::source::MetricSource;
use crate::cut::cut_text;
use crate::plain::PlainValue;
use crate::{Attributes, bounds};

/// The points that one point of OTLP makes, or why it makes none.
pub(super) type Outcome = Result<Vec<MetricPoint>, &'static str>;

const NO_NAME: &str = "the metric has no name";
const NO_TIME: &str = "the point has no time, or one beyond the year 2262; set timeUnixNano";
const NO_TEMPORALITY: &str = "the metric says neither delta (1) nor cumulative (2)";

/// Longest value of a label.
const MAX_LABEL_BYTES: usize = 1024;

/// A metric of a resource.
pub(super) struct Series<'a> {
    metric: &'a Metric,
    source: &'a MetricSource,
}

/// What all points have, whatever their kind.
pub(super) struct Head<'a> {
    /// Attributes of the point.
    pub(super) attributes: &'a [KeyValue],
    /// Since when it counts.
    pub(super) start: u64,
    /// When.
    pub(super) time: u64,
}

/// A point of any kind.
pub(super) trait Point {
    /// What it shares with those of other kinds; none when nothing was recorded.
    fn head(&self) -> Option<Head<'_>>;
}

macro_rules! points {
    ($($kind:ident)+) => {$(
        impl Point for $kind {
            fn head(&self) -> Option<Head<'_>> {
                let nothing = self.flags & DataPointFlags::NoRecordedValueMask as u32 != 0;
                (!nothing).then_some(Head {
                    attributes: &self.attributes,
                    start: self.start_time_unix_nano,
                    time: self.time_unix_nano,
                })
            }
        }
    )+};
}

points! { NumberDataPoint HistogramDataPoint ExponentialHistogramDataPoint SummaryDataPoint }

impl<'a> Series<'a> {
    /// A metric with what is known of where it comes from.
    pub(super) fn of(metric: &'a Metric, source: &'a MetricSource) -> Self {
        Self { metric, source }
    }

    /// The metric's name.
    pub(super) fn name(&self) -> &str {
        &self.metric.name
    }

    /// A point without its value.
    pub(super) fn point(
        &self,
        metric_type: MetricType,
        head: &Head<'_>,
    ) -> Result<MetricPoint, &'static str> {
        Ok(MetricPoint {
            name: bounds::id(Some(self.metric.name.clone())).ok_or(NO_NAME)?,
            metric_type,
            unit: bounds::id(Some(self.metric.unit.clone())),
            labels: self.labels(head.attributes),
            value: 0.0,
            histogram: None,
            temporality: None,
            instance: self.source.instance.clone(),
            start_time: instant(head.start),
            time: instant(head.time).ok_or(NO_TIME)?,
        })
    }

    /// Attributes of the point, and where it comes from; what the point says itself counts more.
    fn labels(&self, attributes: &[KeyValue]) -> BTreeMap<String, String> {
        let mut labels = self.source.labels.clone();
        let own = Attributes::new(attributes);
        labels.extend(
            own.iter()
                .map(|(name, value)| (name.to_owned(), label(value))),
        );
        labels
    }
}

/// The value of a label: text as it is, anything else as JSON, cut where it is too long.
pub(super) fn label(value: &Value) -> String {
    match value {
        Value::StringValue(text) => cut_text(text, MAX_LABEL_BYTES),
        value => {
            let json = RawJson::of(&PlainValue(value));
            cut_text(json.as_ref().map_or("", |json| json.get()), MAX_LABEL_BYTES)
        }
    }
}

/// Nanoseconds of OTLP; zero, and what lies beyond all records, is none.
fn instant(nanos: u64) -> Option<Timestamp> {
    let nanos = i64::try_from(nanos).ok().filter(|nanos| *nanos > 0);
    nanos.map(Timestamp::from_nanos)
}

/// Delta or cumulative.
pub(super) fn temporality(number: i32) -> Result<Temporality, &'static str> {
    match AggregationTemporality::try_from(number) {
        Ok(AggregationTemporality::Delta) => Ok(Temporality::Delta),
        Ok(AggregationTemporality::Cumulative) => Ok(Temporality::Cumulative),
        _ => Err(NO_TEMPORALITY),
    }
}

/// A value that can be stored.
pub(super) fn finite(value: f64) -> Result<f64, &'static str> {
    let finite = value.is_finite().then_some(value);
    finite.ok_or("the value is not finite; leave the point out, or set its no-recorded-value flag")
}

/// A count that can be stored.
pub(super) fn count(count: u64) -> Result<i64, &'static str> {
    i64::try_from(count).map_err(|_| "a count is beyond 2^63")
}
