//! Log records.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};

use super::bytes::Hex;
use super::enums::Enum;
use super::message::message;

message!(ExportLogsServiceRequest { "resourceLogs" => resource_logs });

message!(ResourceLogs {
    "resource" => resource,
    "scopeLogs" => scope_logs,
    "schemaUrl" => schema_url,
});

message!(ScopeLogs {
    "scope" => scope,
    "logRecords" => log_records,
    "schemaUrl" => schema_url,
});

message!(item LogRecord {
    "timeUnixNano" => time_unix_nano,
    "observedTimeUnixNano" => observed_time_unix_nano,
    "severityNumber" => severity_number as severity,
    "severityText" => severity_text,
    "body" => body,
    "attributes" => attributes,
    "droppedAttributesCount" => dropped_attributes_count,
    "flags" => flags,
    "traceId" => trace_id as Hex,
    "spanId" => span_id as Hex,
    "eventName" => event_name,
});

fn severity(place: &mut i32) -> Enum<'_> {
    let number = |name: &str| SeverityNumber::from_str_name(name).map(i32::from);
    Enum { place, number }
}
