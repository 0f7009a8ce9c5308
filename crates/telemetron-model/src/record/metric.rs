//! Metric points.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// How the values of a metric behave.
    pub enum MetricType {
        /// Only grows.
        Counter = 1 => "counter",
        /// Grows and shrinks by amounts.
        UpDownCounter = 2 => "up_down_counter",
        /// Is what it is now.
        Gauge = 3 => "gauge",
        /// A distribution.
        Histogram = 4 => "histogram",
    }
}

text_enum! {
    /// Whether a point counts from the start of its series or from the point before.
    pub enum Temporality {
        /// Since the point before.
        Delta = 1 => "delta",
        /// Since `start_time`.
        Cumulative = 2 => "cumulative",
    }
}

/// One value of one series at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricPoint {
    /// The metric's name.
    pub name: String,
    /// How its values behave.
    #[serde(rename = "type", alias = "metric_type")]
    pub metric_type: MetricType,
    /// The unit (UCUM): `s`, `By`, `{token}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What tells the series of one metric apart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The value; for a histogram the sum of what was observed.
    pub value: f64,
    /// The distribution of a histogram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<HistogramData>,
    /// Delta or cumulative; absent for gauges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temporality: Option<Temporality>,
    /// Which process reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Since when a cumulative series counts, or from when a delta does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When; events call it `timestamp`, and so may points.
    #[serde(alias = "timestamp")]
    pub time: Timestamp,
}

/// The distribution of a histogram point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistogramData {
    /// How many values were observed.
    pub count: i64,
    /// Upper bounds of all buckets but the last, ascending.
    pub bounds: Vec<f64>,
    /// Values in each bucket: one more than there are bounds.
    pub buckets: Vec<i64>,
}

impl MetricPoint {
    /// The hash of name, kind, unit and labels: what makes a series.
    pub fn series_hash(&self) -> u64 {
        let mut hasher = Xxh3::new();
        let mut part = |text: &str| {
            hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part(&self.name);
        part(self.metric_type.as_str());
        part(self.temporality.map_or("", |since| since.as_str()));
        part(self.unit.as_deref().unwrap_or_default());
        for (label, value) in &self.labels {
            part(label);
            part(value);
        }
        hasher.digest()
    }
}
