//! Gauges and sums.

use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{NumberDataPoint, Sum};
use telemetron_model::record::MetricType;

use super::series::{Head, Outcome, Series, finite, is_stale, temporality};

/// A point of a gauge.
pub(super) fn gauge(series: &Series<'_>, point: &NumberDataPoint) -> Outcome {
    if is_stale(point.flags) {
        return Ok(Vec::new());
    }
    let mut record = series.point(MetricType::Gauge, &head(point))?;
    record.value = value(point)?;
    record.start_time = None;
    Ok(vec![record])
}

/// A point of a sum.
pub(super) fn sum(series: &Series<'_>, sum: &Sum, point: &NumberDataPoint) -> Outcome {
    if is_stale(point.flags) {
        return Ok(Vec::new());
    }
    let metric_type = if sum.is_monotonic {
        MetricType::Counter
    } else {
        MetricType::UpDownCounter
    };
    let mut record = series.point(metric_type, &head(point))?;
    record.value = value(point)?;
    record.temporality = Some(temporality(sum.aggregation_temporality)?);
    Ok(vec![record])
}

fn head(point: &NumberDataPoint) -> Head<'_> {
    Head {
        attributes: &point.attributes,
        start: point.start_time_unix_nano,
        time: point.time_unix_nano,
    }
}

fn value(point: &NumberDataPoint) -> Result<f64, &'static str> {
    match point.value {
        Some(Value::AsDouble(value)) => finite(value),
        #[expect(clippy::cast_precision_loss, reason = "points are doubles")]
        Some(Value::AsInt(value)) => Ok(value as f64),
        None => Err("the point has no value; set asInt or asDouble"),
    }
}
