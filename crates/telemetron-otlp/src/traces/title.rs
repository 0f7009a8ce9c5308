//! The name that a program gave to the whole trace, as a record of the trace itself.
//!
//! Langfuse's SDK writes it on each span below the place where it was given; one record a trace and
//! request tells it.

use std::collections::HashSet;

use telemetron_model::TraceId;
use telemetron_model::record::Trace;

use super::span_core::SpanCore;
use crate::SpanSource;
use crate::cut::cut_text;

/// Longest name of a trace.
const MAX_NAME_BYTES: usize = 1024;

/// The traces of a request whose names were told.
#[derive(Default)]
pub(super) struct Titles(HashSet<TraceId>);

impl Titles {
    /// What a span says of the name of its trace, where no span before it said it.
    ///
    /// The record leaves open how far the trace is: its spans tell that.
    pub(super) fn of(&mut self, source: &SpanSource<'_>, core: &SpanCore) -> Option<Trace> {
        let name = source.attributes.text("langfuse.trace.name")?;
        self.0.insert(core.trace_id).then(|| Trace {
            name: Some(cut_text(name, MAX_NAME_BYTES)),
            ..Trace::opened(core.trace_id, core.start)
        })
    }
}

#[cfg(test)]
mod tests {
    use telemetron_model::record::{Record, Status};

    use crate::Prices;
    use crate::traces::map;
    use crate::wire::{self, Encoding};

    #[test]
    fn the_name_that_a_program_gave_to_a_trace_is_told_once() {
        let span = |id: u8| {
            format!(
                r#"{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"010203040506070{id}",
                "name":"x","startTimeUnixNano":"{id}","endTimeUnixNano":"9","attributes":[
                {{"key":"langfuse.trace.name","value":{{"stringValue":"packing"}}}}]}}"#
            )
        };
        let spans = [span(1), span(2)].join(",");
        let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
        let request = wire::decode_traces(json.as_bytes(), Encoding::Json).unwrap();
        let mapped = map(&request, &Prices::default());
        let traces = mapped.records.iter().filter_map(|record| match record {
            Record::Trace(trace) => Some((trace.name.as_deref(), trace.status)),
            _ => None,
        });
        let told: Vec<_> = traces.collect();
        assert_eq!(told, [(Some("packing"), Status::Running)]);
    }
}
