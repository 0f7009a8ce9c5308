//! Metrics to metric points.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;

use crate::Mapped;

/// Maps the metrics of a request.
pub fn map(_request: &ExportMetricsServiceRequest) -> Mapped {
    Mapped::default()
}
