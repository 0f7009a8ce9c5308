//! The attributes of a record: those of the span, where it came from, and how it was read.

use opentelemetry_proto::tonic::trace::v1::Span;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use telemetron_model::RawJson;

use super::{Scope, span_core};
use crate::SpanSource;
use crate::cut::MAX_ATTRIBUTE_BYTES;
use crate::dialect::SemanticFields;
use crate::plain::Plain;
use crate::reserved::{DIALECT, RESOURCE, RULES, SCOPE, SPAN};

/// Writes them as one object; what became input or output is not repeated.
pub(super) fn attributes(
    source: &SpanSource<'_>,
    marks: &Marks,
    scope: &Scope<'_>,
    payloads: [Option<&RawJson>; 2],
) -> Option<RawJson> {
    let limit = None;
    written(source, marks, scope, payloads, limit)
}

/// The same for a span that is too large: its payloads may be cut, and values beyond the limit are.
pub(super) fn cut_attributes(
    source: &SpanSource<'_>,
    marks: &Marks,
    scope: &Scope<'_>,
) -> Option<RawJson> {
    written(source, marks, scope, [None; 2], Some(MAX_ATTRIBUTE_BYTES))
}

fn written(
    source: &SpanSource<'_>,
    marks: &Marks,
    scope: &Scope<'_>,
    payloads: [Option<&RawJson>; 2],
    limit: Option<usize>,
) -> Option<RawJson> {
    let raw = Raw {
        own: Plain {
            attributes: &source.attributes,
            limit,
            payloads,
        },
        resource: scope.origin.json.as_ref(),
        scope: scope.json.as_ref(),
        span: Rest::of(source.span),
        marks,
    };
    RawJson::of(&raw)
}

/// How a span was read.
pub(super) struct Marks {
    dialects: Vec<&'static str>,
    rules: Vec<&'static str>,
}

impl Marks {
    /// Takes them out of the reading.
    pub(super) fn of(fields: &mut SemanticFields) -> Self {
        Self {
            dialects: std::mem::take(&mut fields.dialects),
            rules: std::mem::take(&mut fields.rules),
        }
    }
}

struct Raw<'a> {
    own: Plain<'a, 'a>,
    resource: Option<&'a RawJson>,
    scope: Option<&'a RawJson>,
    span: Rest<'a>,
    marks: &'a Marks,
}

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.own.write_into(&mut map)?;
        if let Some(resource) = self.resource {
            map.serialize_entry(RESOURCE, resource)?;
        }
        if let Some(scope) = self.scope {
            map.serialize_entry(SCOPE, scope)?;
        }
        map.serialize_entry(SPAN, &self.span)?;
        if !self.marks.dialects.is_empty() {
            map.serialize_entry(DIALECT, &self.marks.dialects)?;
        }
        if !self.marks.rules.is_empty() {
            map.serialize_entry(RULES, &self.marks.rules)?;
        }
        map.end()
    }
}

/// Fields of the OTLP span that a record has no place for; those with their default are left out.
/// Even when all are, it stands: it tells that the span came by OTLP.
#[derive(Serialize)]
struct Rest<'a> {
    #[serde(skip_serializing_if = "is_zero")]
    kind: i32,
    #[serde(skip_serializing_if = "is_zero")]
    flags: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_state: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    status_code: i32,
    #[serde(skip_serializing_if = "str::is_empty")]
    status_message: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_events_count: u32,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_links_count: u32,
    /// Start and end as they came, where they were repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<[u64; 2]>,
}

impl<'a> Rest<'a> {
    fn of(span: &'a Span) -> Self {
        let status = span.status.as_ref();
        Self {
            kind: span.kind,
            flags: span.flags,
            trace_state: &span.trace_state,
            status_code: status.map_or(0, |status| status.code),
            status_message: status.map_or("", |status| &status.message),
            dropped_attributes_count: span.dropped_attributes_count,
            dropped_events_count: span.dropped_events_count,
            dropped_links_count: span.dropped_links_count,
            times: span_core::times_in_another_unit(span),
        }
    }
}

fn is_zero<N: PartialEq + Default>(number: &N) -> bool {
    *number == N::default()
}
