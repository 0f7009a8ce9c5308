//! Spans that another Telemetron wrote: the record that one carries is what was meant.

use telemetron_model::record::{Record, Schema, Span};

use crate::reserved::SCHEMA;
use crate::{SpanSource, carried, encode};

/// The span that a span carries; none when it carries none that can be read.
pub(super) fn of(source: &SpanSource<'_>) -> Option<Span> {
    let header = source.attributes.text(SCHEMA)?;
    if header != Schema::Span.header() {
        return None;
    }
    let Ok(Record::Span(mut span)) = carried::record(&source.attributes)? else {
        return None;
    };
    encode::complete(&mut span, &source.attributes);
    Some(*span)
}
