//! Log records to events and errors.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;

use crate::Mapped;

/// Maps the log records of a request.
pub fn map(_request: &ExportLogsServiceRequest) -> Mapped {
    Mapped::default()
}
