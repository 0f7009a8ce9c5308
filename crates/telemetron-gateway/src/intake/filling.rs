//! Records of a request, written one after the other as the messages that they become.

use telemetron_model::record::Record;
use telemetron_otlp::{Rejections, Sink};

use crate::admission::AdmissionPermit;
use crate::delivery::Pack;
use crate::refusal::Refusal;

/// Most room that is asked for at a time.
const STEP: usize = 256 * 1024;

/// A pack that is being filled; what it takes is held beside what is there already.
pub(super) struct Filling<'a> {
    pub(super) pack: Pack,
    pub(super) rejections: Rejections,
    /// Why nothing more is taken, once that is so.
    pub(super) refused: Option<Refusal>,
    permit: &'a mut AdmissionPermit,
    beside: usize,
    held: usize,
}

impl<'a> Filling<'a> {
    /// An empty one; `beside` bytes are in use beside it.
    pub(super) fn new(pack: Pack, beside: usize, permit: &'a mut AdmissionPermit) -> Self {
        Self {
            pack,
            rejections: Rejections::default(),
            refused: None,
            permit,
            beside,
            held: 0,
        }
    }

    fn hold(&mut self) {
        let bytes = self.pack.queued_bytes();
        if bytes <= self.held {
            return;
        }
        self.held = bytes + STEP.min(bytes / 4 + 1024);
        if let Err(refused) = self.permit.hold(self.beside + self.held) {
            self.refused = Some(refused);
        }
    }
}

impl Sink for Filling<'_> {
    fn record(&mut self, record: Record) {
        if self.is_full() {
            return;
        }
        match self.pack.add(&record) {
            Ok(()) => self.hold(),
            Err(unfit) => self.rejections.add(item(&record), unfit.to_string()),
        }
    }

    fn reject(&mut self, item: String, reason: String) {
        self.rejections.add(item, reason);
    }

    fn is_full(&self) -> bool {
        self.refused.is_some()
    }
}

/// How a record is named to its sender.
fn item(record: &Record) -> String {
    match record {
        Record::Span(span) => format!("span `{}` {}", span.name, span.span_id),
        Record::Event(event) => format!("event `{}`", event.event_name),
        Record::Metric(point) => format!("metric `{}`", point.name),
        other => other.key(),
    }
}
