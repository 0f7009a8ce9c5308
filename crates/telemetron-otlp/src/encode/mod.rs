//! Records back to OTLP, for export and for forwarding.
//!
//! A span that came by OTLP goes out as it came: attributes, resource, scope and status were kept
//! under names of our own (`otel.span` and others), so that reading it again gives the same record.
//! A span of our own SDK, or of an import, is written in the attributes of the GenAI conventions.
//! Ids longer than the eight bytes of OTLP become a hash.

mod events;
mod ids;
mod plain;
mod semconv;
mod span;

use std::collections::HashMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use telemetron_model::record::Span;

use span::{Origin, Written};

/// The spans as a request, together by resource and scope in the order in which these first come.
pub fn traces<'a>(spans: impl Iterator<Item = &'a Span>) -> ExportTraceServiceRequest {
    let mut groups = Groups::default();
    for span in spans {
        groups.add(Written::of(span));
    }
    ExportTraceServiceRequest {
        resource_spans: groups.resources,
    }
}

#[derive(Default)]
struct Groups {
    resources: Vec<ResourceSpans>,
    /// Where the spans of a resource of some schema stand.
    by_resource: HashMap<(Origin, String), usize>,
    /// Where, in its resource, the spans of a scope stand.
    by_scope: HashMap<(usize, Origin), usize>,
}

impl Groups {
    fn add(&mut self, written: Written) {
        let Written {
            span,
            resource,
            scope,
        } = written;
        let schema_url = scope.resource_schema_url();
        let at = self
            .by_resource
            .entry((resource.clone(), schema_url.clone()));
        let at = *at.or_insert_with(|| {
            self.resources.push(ResourceSpans {
                resource: Some(resource.resource()),
                schema_url,
                ..ResourceSpans::default()
            });
            self.resources.len() - 1
        });
        let Some(spans) = self.resources.get_mut(at) else {
            return;
        };
        let place = self.by_scope.entry((at, scope.clone())).or_insert_with(|| {
            spans.scope_spans.push(ScopeSpans {
                scope: Some(scope.scope()),
                schema_url: scope.schema_url(),
                ..ScopeSpans::default()
            });
            spans.scope_spans.len() - 1
        });
        if let Some(group) = spans.scope_spans.get_mut(*place) {
            group.spans.push(span);
        }
    }
}

#[cfg(test)]
mod tests;
