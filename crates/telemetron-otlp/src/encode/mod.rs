//! Records back to OTLP, for export and for forwarding.
//!
//! A span that came by OTLP goes out as it came: attributes, resource, scope and status were kept
//! under names of our own (`otel.span` and others), so that reading it again gives the same record.
//! A span of our own SDK, or of an import, is written in the attributes of the GenAI conventions, and
//! may carry its record.
//! Ids longer than the eight bytes of OTLP become a hash.
//!
//! What is no span goes out as log records (events, handoffs, errors, traces, agents, tasks: each
//! with the whole record under names of our own, by which another Telemetron finds it again) or as
//! metrics.

mod carried;
mod events;
mod groups;
mod ids;
mod logs;
mod metrics;
mod plain;
mod semconv;
mod span;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use telemetron_model::record::{MetricPoint, Record, Span};

pub(crate) use carried::complete;
use groups::{Groups, OfResource, OfScope};
use span::Written;

/// The spans as a request, together by resource and scope in the order in which these first come.
///
/// A span that did not come by OTLP is described in attributes alone: calls inside it stay behind.
pub fn traces<'a>(spans: impl Iterator<Item = &'a Span>) -> ExportTraceServiceRequest {
    together(spans.map(Written::of))
}

/// The same, but a span that did not come by OTLP carries its record too, so that another Telemetron
/// takes it as it is.
pub fn whole_traces<'a>(spans: impl Iterator<Item = &'a Span>) -> ExportTraceServiceRequest {
    together(spans.map(carried::written))
}

fn together(spans: impl Iterator<Item = Written>) -> ExportTraceServiceRequest {
    let mut groups = Groups::default();
    for written in spans {
        groups
            .of(written.resource, written.scope)
            .push(written.span);
    }
    let scope_spans = |group: OfScope<_>| ScopeSpans {
        scope: Some(group.scope.scope()),
        schema_url: group.scope.schema_url(),
        spans: group.items,
    };
    let resource_spans = |group: OfResource<_>| ResourceSpans {
        resource: Some(group.resource.resource()),
        schema_url: group.schema_url,
        scope_spans: group.scopes.into_iter().map(scope_spans).collect(),
    };
    ExportTraceServiceRequest {
        resource_spans: groups.resources.into_iter().map(resource_spans).collect(),
    }
}

/// Records as a request with a log record each; spans and metric points are passed over, since
/// they have requests of their own.
pub fn logs<'a>(records: impl Iterator<Item = &'a Record>) -> ExportLogsServiceRequest {
    let mut groups = Groups::default();
    for line in records.filter_map(logs::Line::of) {
        groups.of(line.resource, line.scope).push(line.record);
    }
    let scope_logs = |group: OfScope<_>| ScopeLogs {
        scope: Some(group.scope.scope()),
        schema_url: group.scope.schema_url(),
        log_records: group.items,
    };
    let resource_logs = |group: OfResource<_>| ResourceLogs {
        resource: Some(group.resource.resource()),
        schema_url: group.schema_url,
        scope_logs: group.scopes.into_iter().map(scope_logs).collect(),
    };
    ExportLogsServiceRequest {
        resource_logs: groups.resources.into_iter().map(resource_logs).collect(),
    }
}

/// Metric points as a request, those of one metric together.
pub fn metrics<'a>(points: impl Iterator<Item = &'a MetricPoint>) -> ExportMetricsServiceRequest {
    let mut groups = Groups::default();
    for point in points {
        let (resource, scope) = metrics::origin(point);
        metrics::add(groups.of(resource, scope), point);
    }
    let scope_metrics = |group: OfScope<_>| ScopeMetrics {
        scope: Some(group.scope.scope()),
        metrics: group.items,
        schema_url: group.scope.schema_url(),
    };
    let resource_metrics = |group: OfResource<_>| ResourceMetrics {
        resource: Some(group.resource.resource()),
        scope_metrics: group.scopes.into_iter().map(scope_metrics).collect(),
        ..ResourceMetrics::default()
    };
    ExportMetricsServiceRequest {
        resource_metrics: groups.resources.into_iter().map(resource_metrics).collect(),
    }
}

#[cfg(test)]
mod tests;
