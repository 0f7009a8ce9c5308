//! Spans that carry their record: what OTLP has no words for (calls inside a span, ids of more than
//! eight bytes, what stood in no attribute) reaches another Telemetron all the same.
//!
//! Input and output stand in attributes, and the record leaves them out, unless the span has
//! attributes of its own by these names.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use telemetron_model::record::{Record, Schema, Span};
use telemetron_model::{Entries, RawJson};

use super::plain::pair;
use super::semconv::payload_names;
use super::span::Written;
use crate::Attributes;
use crate::reserved::{RECORD, SCHEMA, SPAN};

/// A span with its record, unless it came by OTLP, which has all of it.
pub(super) fn written(span: &Span) -> Written {
    let mut written = Written::of(span);
    let json = span.attributes.as_ref().map_or("{}", RawJson::get);
    if Entries::of(json).get(SPAN).is_none() {
        carry(&mut written.span, span.clone());
    }
    written
}

fn carry(written: &mut otlp::Span, mut record: Span) {
    let (input, output) = payload_names(record.span_kind);
    for (name, payload) in [
        (input, &mut record.input_data),
        (output, &mut record.output_data),
    ] {
        if !has(record.attributes.as_ref(), name) {
            *payload = None;
        }
    }
    if let Ok(Ok(json)) = Record::from(record).to_json().map(String::from_utf8) {
        let texts = [(SCHEMA, Schema::Span.header().to_owned()), (RECORD, json)];
        let texts = texts.map(|(name, text)| pair(name, Some(Value::StringValue(text))));
        written.attributes.extend(texts);
    }
}

/// Whether a span has an attribute of its own by this name.
fn has(own: Option<&RawJson>, name: &str) -> bool {
    own.is_some_and(|own| Entries::of(own.get()).get(name).is_some())
}

/// Puts input and output back into a record that left them out.
pub(crate) fn complete(record: &mut Span, attributes: &Attributes<'_>) {
    let (input, output) = payload_names(record.span_kind);
    for (name, payload) in [
        (input, &mut record.input_data),
        (output, &mut record.output_data),
    ] {
        if payload.is_none() && !has(record.attributes.as_ref(), name) {
            let text = attributes.text(name).map(str::to_owned);
            *payload = text.and_then(|text| RawJson::from_text(text).ok());
        }
    }
}
