//! A collector with a sink in memory.

use std::time::Duration;

use telemetron_model::record::Span;
use telemetron_sdk::{Collector, CollectorBuilder, MemorySink, Status};

/// Longer than anything should take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A collector, and what it has sent.
pub(crate) struct Seen {
    pub(crate) telemetry: Collector,
    sink: MemorySink,
}

pub(crate) fn start() -> Seen {
    start_with(|builder| builder)
}

pub(crate) fn start_with(settings: impl FnOnce(CollectorBuilder) -> CollectorBuilder) -> Seen {
    let sink = MemorySink::default();
    let builder = settings(Collector::builder().service("tests").project("p"));
    let telemetry = builder.sink(sink.clone()).start().unwrap();
    Seen { telemetry, sink }
}

impl Seen {
    /// What was sent, everything emitted so far included.
    pub(crate) fn sink(&self) -> &MemorySink {
        let report = self.telemetry.flush_blocking(PATIENCE);
        assert_eq!(report.pending, 0, "{report:?}");
        &self.sink
    }

    /// What was sent so far by itself.
    pub(crate) const fn sink_without_flush(&self) -> &MemorySink {
        &self.sink
    }

    /// The end of the span with this name.
    pub(crate) fn ended(&self, name: &str) -> Span {
        let spans = self.sink().spans();
        let ended = spans
            .iter()
            .find(|span| span.name == name && span.status != Status::Running);
        ended
            .unwrap_or_else(|| panic!("no end of `{name}` in {spans:?}"))
            .clone()
    }
}

/// JSON to compare with.
pub(crate) fn json(value: serde_json::Value) -> Option<telemetron_sdk::RawJson> {
    telemetron_sdk::RawJson::of(&value)
}
