//! Exponential histograms, with their bounds made explicit.
//!
//! Bucket `i` at scale `s` reaches from `base^i` to `base^(i+1)`, with `base = 2^(2^-s)`; negative
//! ones mirror that. Where there are more than [`MAX_BUCKETS`], the scale is lowered: each two
//! neighbours become one, and nothing is lost but resolution.

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint,
};
use telemetron_model::record::HistogramData;

use super::histogram::{record, sum};
use super::series::{Outcome, Point, Series, count};

/// Most buckets on one side.
const MAX_BUCKETS: usize = 160;

/// Scales that the protocol knows.
const SCALES: std::ops::RangeInclusive<i32> = -10..=20;

const WRONG_SCALE: &str = "the scale of an exponential histogram must lie between -10 and 20";
const WRONG_BOUNDS: &str = "the buckets of the exponential histogram lie beyond what doubles reach";

/// A point of an exponential histogram.
pub(super) fn of(
    series: &Series<'_>,
    data: &ExponentialHistogram,
    point: &ExponentialHistogramDataPoint,
) -> Outcome {
    let Some(head) = point.head() else {
        return Ok(Vec::new());
    };
    let (sum, since) = (sum(point.sum, point.count), data.aggregation_temporality);
    record(series, &head, sum, since, distribution(point))
}

/// One side: the index of its first bucket, and the counts.
struct Side {
    offset: i64,
    counts: Vec<i64>,
}

impl Side {
    fn of(buckets: Option<&Buckets>) -> Result<Self, &'static str> {
        let Some(buckets) = buckets else {
            return Ok(Self {
                offset: 0,
                counts: Vec::new(),
            });
        };
        let counts = buckets.bucket_counts.iter().map(|bucket| count(*bucket));
        let counts: Vec<i64> = counts.collect::<Result<_, _>>()?;
        // Empty buckets at either end say nothing, and may be without number.
        let first = counts
            .iter()
            .position(|count| *count > 0)
            .unwrap_or(counts.len());
        let end = counts
            .iter()
            .rposition(|count| *count > 0)
            .map_or(first, |last| last + 1);
        Ok(Self {
            offset: i64::from(buckets.offset) + i64::try_from(first).unwrap_or_default(),
            counts: counts[first..end].to_vec(),
        })
    }

    /// The same at a scale one lower.
    fn lowered(&self) -> Self {
        let offset = self.offset.div_euclid(2);
        let mut counts = Vec::with_capacity(self.counts.len() / 2 + 1);
        for (index, count) in (self.offset..).zip(&self.counts) {
            let at = usize::try_from(index.div_euclid(2) - offset).unwrap_or_default();
            if at >= counts.len() {
                counts.push(0_i64);
            }
            if let Some(sum) = counts.get_mut(at) {
                *sum = sum.saturating_add(*count);
            }
        }
        Self { offset, counts }
    }

    /// The bounds of the buckets, from the lowest below the first to the highest.
    fn bounds(&self, scale: i32) -> Vec<f64> {
        let edges =
            self.offset..=self.offset + i64::try_from(self.counts.len()).unwrap_or_default();
        edges.map(|index| bound(index, scale)).collect()
    }
}

/// `base^index` at a scale.
fn bound(index: i64, scale: i32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "indices are 32-bit")]
    let exponent = index as f64 * (-f64::from(scale)).exp2();
    exponent.exp2()
}

fn distribution(point: &ExponentialHistogramDataPoint) -> Result<HistogramData, &'static str> {
    let mut scale = point.scale;
    if !SCALES.contains(&scale) {
        return Err(WRONG_SCALE);
    }
    let mut positive = Side::of(point.positive.as_ref())?;
    let mut negative = Side::of(point.negative.as_ref())?;
    while positive.counts.len().max(negative.counts.len()) > MAX_BUCKETS {
        (positive, negative) = (positive.lowered(), negative.lowered());
        scale -= 1;
    }
    explicit(
        &negative,
        count(point.zero_count)?,
        &positive,
        scale,
        count(point.count)?,
    )
}

/// Negative buckets from the farthest, the one of zero, positive ones, and nothing beyond.
fn explicit(
    negative: &Side,
    zero: i64,
    positive: &Side,
    scale: i32,
    count: i64,
) -> Result<HistogramData, &'static str> {
    let mut bounds = Vec::new();
    let mut buckets = Vec::new();
    if !negative.counts.is_empty() {
        bounds.extend(negative.bounds(scale).iter().rev().map(|bound| -bound));
        buckets.push(0);
        buckets.extend(negative.counts.iter().rev());
    }
    buckets.push(zero);
    if positive.counts.is_empty() {
        bounds.push(0.0);
        buckets.push(0);
    } else {
        bounds.extend(positive.bounds(scale));
        buckets.extend(&positive.counts);
        buckets.push(0);
    }
    let ascend = bounds.is_sorted_by(|a, b| a < b) && bounds.iter().all(|bound| bound.is_finite());
    if !ascend {
        return Err(WRONG_BOUNDS);
    }
    Ok(HistogramData {
        count,
        bounds,
        buckets,
    })
}
