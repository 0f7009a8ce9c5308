//! Metrics to metric points.
//!
//! Sums become counters, or up-down counters when they may shrink; gauges stay; histograms keep
//! their bounds; exponential histograms get explicit ones; a summary becomes a gauge a quantile
//! (label `quantile`) and the counters `…_count` and `…_sum`. Points that say that nothing was
//! recorded make no record. Exemplars are left out.
//!
//! A series is what OTLP calls a stream: its name, its kind, the attributes of its points, the scope
//! that records it and the process that reports it (`source`).

mod exponential;
mod histogram;
mod number;
mod series;
mod source;
mod summary;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use telemetron_model::record::MetricPoint;

use crate::cut::cut_text;
use crate::origin::Origin;
use crate::{Mapped, Sink};
use series::{Outcome, Series};
use source::MetricSource;
pub(crate) use source::{INSTANCE, SCOPE, SERVICE};

/// Maps the points of a request.
pub fn map(request: &ExportMetricsServiceRequest) -> Mapped {
    let mut mapped = Mapped::default();
    map_into(request, &mut mapped);
    mapped
}

/// Maps the points of a request, one after the other, until nothing more is taken.
pub fn map_into(request: &ExportMetricsServiceRequest, sink: &mut impl Sink) {
    for metrics in &request.resource_metrics {
        let origin = Origin::of(metrics.resource.as_ref());
        for scope in &metrics.scope_metrics {
            let source = MetricSource::of(&origin, scope);
            for metric in &scope.metrics {
                map_metric(&Series::of(metric, &source), metric, sink);
            }
        }
    }
}

/// Longest name that is repeated to the sender.
const MAX_NAMED: usize = 200;

fn map_metric(series: &Series<'_>, metric: &Metric, sink: &mut impl Sink) {
    let mut take = |outcome: Outcome| match outcome {
        _ if sink.is_full() => {}
        Ok(points) => {
            let points = points.into_iter().map(MetricPoint::into);
            points.for_each(|point| sink.record(point));
        }
        Err(reason) => {
            let name = cut_text(series.name(), MAX_NAMED);
            sink.reject(format!("metric `{name}`"), reason.to_owned());
        }
    };
    match &metric.data {
        Some(Data::Gauge(data)) => {
            let points = data.data_points.iter();
            points.for_each(|point| take(number::gauge(series, point)));
        }
        Some(Data::Sum(data)) => {
            let points = data.data_points.iter();
            points.for_each(|point| take(number::sum(series, data, point)));
        }
        Some(Data::Histogram(data)) => {
            let points = data.data_points.iter();
            points.for_each(|point| take(histogram::of(series, data, point)));
        }
        Some(Data::ExponentialHistogram(data)) => {
            let points = data.data_points.iter();
            points.for_each(|point| take(exponential::of(series, data, point)));
        }
        Some(Data::Summary(data)) => {
            let points = data.data_points.iter();
            points.for_each(|point| take(summary::of(series, point)));
        }
        None => {}
    }
}

#[cfg(test)]
mod tests;
