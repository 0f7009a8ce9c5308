//! Histograms with explicit bounds.

use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint};
use telemetron_model::record::{HistogramData, MetricType};

use super::series::{Head, Outcome, Point, Series, count, finite, temporality};

const NO_SUM: &str = "the histogram has no sum, which a point is stored with";
const WRONG_BUCKETS: &str = "a histogram must have one bucket more than it has bounds";
const WRONG_BOUNDS: &str = "the bounds of a histogram must be finite and ascend";

/// A point of a histogram.
pub(super) fn of(series: &Series<'_>, data: &Histogram, point: &HistogramDataPoint) -> Outcome {
    let Some(head) = point.head() else {
        return Ok(Vec::new());
    };
    let (sum, since) = (sum(point.sum, point.count), data.aggregation_temporality);
    record(series, &head, sum, since, distribution(point))
}

/// The record of a histogram of either kind.
pub(super) fn record(
    series: &Series<'_>,
    head: &Head<'_>,
    sum: Result<f64, &'static str>,
    since: i32,
    distribution: Result<HistogramData, &'static str>,
) -> Outcome {
    let mut record = series.point(MetricType::Histogram, head)?;
    record.value = sum?;
    record.temporality = Some(temporality(since)?);
    record.histogram = Some(distribution?);
    Ok(vec![record])
}

/// The sum; nothing observed sums up to nothing.
pub(super) fn sum(sum: Option<f64>, count: u64) -> Result<f64, &'static str> {
    match sum {
        Some(sum) => finite(sum),
        None if count == 0 => Ok(0.0),
        None => Err(NO_SUM),
    }
}

fn distribution(point: &HistogramDataPoint) -> Result<HistogramData, &'static str> {
    let bounds = &point.explicit_bounds;
    let ascend = bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted();
    if !ascend {
        return Err(WRONG_BOUNDS);
    }
    let buckets = if point.bucket_counts.is_empty() && bounds.is_empty() {
        vec![count(point.count)?]
    } else {
        let counts = point.bucket_counts.iter().map(|bucket| count(*bucket));
        counts.collect::<Result<_, _>>()?
    };
    if buckets.len() != bounds.len() + 1 {
        return Err(WRONG_BUCKETS);
    }
    Ok(HistogramData {
        count: count(point.count)?,
        bounds: bounds.clone(),
        buckets,
    })
}
