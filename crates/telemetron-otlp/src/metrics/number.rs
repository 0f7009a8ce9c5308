//! Gauges and sums.

use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{NumberDataPoint, Sum};
use telemetron_model::record::MetricType;

use super::series::{Outcome, Point, Series, finite, temporality};

/// A point of a gauge.
pub(super) fn gauge(series: &Series<'_>, point: &NumberDataPoint) -> Outcome {
    let Some(head) = point.head() else {
        return Ok(Vec::new());
    };
    let mut record = series.point(MetricType::Gauge, &head)?;
    record.value = value(point)?;
    record.start_time = None;
    Ok(vec![record])
}

/// A point of a sum.
pub(super) fn sum(series: &Series<'_>, sum: &Sum, point: &NumberDataPoint) -> Outcome {
    let Some(head) = point.head() else {
        return Ok(Vec::new());
    };
    let metric_type = if sum.is_monotonic {
        MetricType::Counter
    } else {
        MetricType::UpDownCounter
    };
    let mut record = series.point(metric_type, &head)?;
    record.value = value(point)?;
    record.temporality = Some(temporality(sum.aggregation_temporality)?);
    Ok(vec![record])
}

fn value(point: &NumberDataPoint) -> Result<f64, &'static str> {
    match point.value {
        Some(Value::AsDouble(value)) => finite(value),
        #[expect(clippy::cast_precision_loss, reason = "points are doubles")]
        Some(Value::AsInt(value)) => Ok(value as f64),
        None => Err("the point has no value; set asInt or asDouble"),
    }
}
