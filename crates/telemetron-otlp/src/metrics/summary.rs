//! Summaries: a gauge a quantile, and counters of count and sum.

use opentelemetry_proto::tonic::metrics::v1::SummaryDataPoint;
use telemetron_model::record::{MetricPoint, MetricType, Temporality};

use super::series::{Head, Outcome, Point, Series, finite};

/// A point of a summary; quantiles without a value are left out.
pub(super) fn of(series: &Series<'_>, point: &SummaryDataPoint) -> Outcome {
    let Some(head) = point.head() else {
        return Ok(Vec::new());
    };
    #[expect(clippy::cast_precision_loss, reason = "points are doubles")]
    let count = point.count as f64;
    let mut points = vec![
        total(series, &head, "_count", count)?,
        total(series, &head, "_sum", finite(point.sum)?)?,
    ];
    let known = point
        .quantile_values
        .iter()
        .filter(|quantile| quantile.value.is_finite());
    for quantile in known {
        let mut gauge = series.point(MetricType::Gauge, &head)?;
        gauge.value = quantile.value;
        gauge.start_time = None;
        let label = quantile.quantile.to_string();
        gauge.labels.insert("quantile".to_owned(), label);
        points.push(gauge);
    }
    Ok(points)
}

fn total(
    series: &Series<'_>,
    head: &Head<'_>,
    suffix: &str,
    value: f64,
) -> Result<MetricPoint, &'static str> {
    let mut point = series.point(MetricType::Counter, head)?;
    point.name.push_str(suffix);
    point.value = value;
    point.temporality = Some(Temporality::Cumulative);
    if suffix == "_count" {
        point.unit = None;
    }
    Ok(point)
}
