//! What the dialects read: a span with everything around it that came in the same request.

use opentelemetry_proto::tonic::trace::v1::Span;

use crate::Attributes;

/// A span as it came, with its resource and its scope.
#[derive(Debug, Clone)]
pub struct SpanSource<'a> {
    /// The span.
    pub span: &'a Span,
    /// Its attributes.
    pub attributes: Attributes<'a>,
    /// Attributes of its resource.
    pub resource: &'a Attributes<'a>,
    /// Name of the instrumentation that made it.
    pub scope: &'a str,
}
