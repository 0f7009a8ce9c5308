//! Spans to records: span and handoffs of each, or the reason why it cannot be stored.
//!
//! ```text
//!  span ─▶ SpanCore (ids, times) ─▶ dialect::read ─▶ price ─▶ Span record ─▶ handoffs
//!             └▶ Rejected
//! ```

mod events;
mod failure;
mod handoff;
mod name;
mod own;
mod raw;
mod span;
mod span_core;
mod title;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use telemetron_model::RawJson;

use crate::dialect::ScopeContext;
use crate::origin::{Origin, scope_json};
use crate::price::Prices;
use crate::{Attributes, Mapped, Sink, SpanSource, dialect};
pub(crate) use failure::info as error_info;
use span_core::SpanCore;
use title::Titles;

/// Maps the spans of a request. Prices give a cost to calls that bring none.
pub fn map(request: &ExportTraceServiceRequest, prices: &Prices) -> Mapped {
    let mut mapped = Mapped::default();
    map_into(request, prices, &mut mapped);
    mapped
}

/// Maps the spans of a request, one after the other, until nothing more is taken.
pub fn map_into(request: &ExportTraceServiceRequest, prices: &Prices, sink: &mut impl Sink) {
    let mut titles = Titles::default();
    for spans in &request.resource_spans {
        let origin = Origin::of(spans.resource.as_ref());
        for scope_spans in &spans.scope_spans {
            Scope::of(&origin, spans, scope_spans).map(scope_spans, prices, &mut titles, sink);
        }
    }
}

/// What the spans of one scope share.
struct Scope<'a> {
    origin: &'a Origin<'a>,
    name: &'a str,
    json: Option<RawJson>,
}

impl<'a> Scope<'a> {
    fn of(origin: &'a Origin<'a>, above: &'a ResourceSpans, spans: &'a ScopeSpans) -> Self {
        let scope = spans.scope.as_ref();
        Self {
            origin,
            name: scope.map_or("", |scope| &scope.name),
            json: scope_json(scope, &spans.schema_url, &above.schema_url),
        }
    }

    fn map(&self, spans: &ScopeSpans, prices: &Prices, titles: &mut Titles, sink: &mut impl Sink) {
        let around = ScopeContext::of(self.name, &spans.spans);
        for span in &spans.spans {
            if sink.is_full() {
                return;
            }
            match SpanCore::of(span) {
                Ok(core) => {
                    let source = self.source(span);
                    if let Some(title) = titles.of(&source, &core) {
                        sink.record(title.into());
                    }
                    self.map_span(&source, &core, around.as_ref(), prices, sink);
                }
                Err(reason) => sink.reject(item(span), reason.to_owned()),
            }
        }
    }

    fn source<'s>(&'s self, span: &'s Span) -> SpanSource<'s> {
        SpanSource {
            span,
            attributes: Attributes::new(&span.attributes),
            resource: &self.origin.attributes,
            scope: self.name,
        }
    }

    fn map_span(
        &self,
        source: &SpanSource<'_>,
        core: &SpanCore,
        around: Option<&ScopeContext>,
        prices: &Prices,
        sink: &mut impl Sink,
    ) {
        if let Some(own) = own::of(source) {
            sink.record(own.into());
            return;
        }
        let mut fields = dialect::read(source);
        fields
            .rules
            .extend(core.unit_repaired.then_some("time:unit_repaired"));
        if let Some(around) = around {
            around.complete(source.span, &mut fields);
        }
        prices.apply(&mut fields);
        if let Some(pending) = &fields.pending {
            match core.announced(pending) {
                Ok(core) => {
                    let started = span::started(source, &core, fields, self);
                    sink.record(started.into());
                }
                Err(reason) => sink.reject(item(source.span), reason.to_owned()),
            }
            return;
        }
        let hint = fields.handoff.take();
        let record = span::ended(source, core, fields, self);
        let handoffs = handoff::of(&record, hint);
        sink.record(record.into());
        handoffs.for_each(|handoff| sink.record(handoff.into()));
    }
}

/// A span by its name and its id as it came.
fn item(span: &Span) -> String {
    let name: String = span.name.chars().take(100).collect();
    let id: String = span
        .span_id
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("span `{name}` {id}").trim_end().to_owned()
}

#[cfg(test)]
mod tests;
