//! Tests of the readers: on small logs written for them, and on the real archives where they are.

mod archives;
mod claude_code;
mod foreign;
mod forms;
mod recordings;

use serde_json::value::RawValue;
use telemetron_model::record::{Event, Handoff, Record, Span, Trace};

use super::{Document, Reading, read};

/// Reads a file that holds one run.
pub(super) fn only(text: &str) -> Run {
    let mut readings: Vec<_> = super::read_file(text.as_bytes(), None).collect();
    assert_eq!(readings.len(), 1, "{readings:?}");
    match readings.remove(0) {
        Reading::Run { format, run } => {
            assert_eq!(run.rejected, [""; 0]);
            let records = run.records;
            Run { format, records }
        }
        Reading::Skipped(reason) => panic!("{reason}"),
    }
}

/// The records of one document.
pub(super) struct Run {
    pub(super) format: &'static str,
    pub(super) records: Vec<Record>,
}

impl Run {
    /// Reads a document that has to be recognised.
    pub(super) fn of(value: &RawValue) -> Self {
        match read(&Document::of(value)) {
            Reading::Run { format, run } => {
                assert_eq!(run.rejected, [""; 0]);
                let records = run.records;
                Self { format, records }
            }
            Reading::Skipped(reason) => panic!("{reason}"),
        }
    }

    pub(super) fn from_json(value: &serde_json::Value) -> Self {
        let text = value.to_string();
        Self::of(serde_json::from_str(&text).unwrap())
    }

    pub(super) fn trace(&self) -> &Trace {
        let found = self.records.iter().find_map(|record| match record {
            Record::Trace(trace) => Some(&**trace),
            _ => None,
        });
        found.unwrap()
    }

    /// All spans.
    pub(super) fn spans(&self) -> Vec<&Span> {
        let spans = self.records.iter().filter_map(|record| match record {
            Record::Span(span) => Some(&**span),
            _ => None,
        });
        spans.collect()
    }

    /// The span of this name.
    pub(super) fn span(&self, name: &str) -> &Span {
        let found = self.spans().into_iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no span {name}"))
    }

    /// The spans below the root.
    pub(super) fn turns(&self) -> Vec<&Span> {
        let spans = self.spans().into_iter();
        spans.filter(|span| span.parent_span_id.is_some()).collect()
    }

    pub(super) fn handoffs(&self) -> Vec<&Handoff> {
        let handoffs = self.records.iter().filter_map(|record| match record {
            Record::Handoff(handoff) => Some(&**handoff),
            _ => None,
        });
        handoffs.collect()
    }

    pub(super) fn events(&self) -> Vec<&Event> {
        let events = self.records.iter().filter_map(|record| match record {
            Record::Event(event) => Some(&**event),
            _ => None,
        });
        events.collect()
    }

    /// Who speaks, turn by turn.
    pub(super) fn speakers(&self) -> Vec<&str> {
        let turns = self.turns().into_iter();
        turns
            .map(|span| span.agent_name.as_deref().unwrap())
            .collect()
    }

    /// Who passes work to whom.
    pub(super) fn passes(&self) -> Vec<(&str, &str)> {
        let handoffs = self.handoffs().into_iter();
        handoffs
            .map(|handoff| {
                let source = handoff.source_agent_name.as_deref();
                (source.unwrap_or_default(), &*handoff.target_agent_name)
            })
            .collect()
    }

    /// All records as they would travel.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let values = self.records.iter().map(|record| record.to_json().unwrap());
        values.collect::<Vec<_>>().concat()
    }
}
