//! Records kept in memory, for tests.

use std::sync::{Arc, Mutex, PoisonError};

use telemetron_model::record::{Record, Span, Trace};

use super::Sink;

/// Keeps all records. Cheap to clone: give one to the collector and look into the other.
///
/// ```
/// # use std::time::Duration;
/// use telemetron_sdk::{Collector, MemorySink};
///
/// let sink = MemorySink::default();
/// let telemetry = Collector::builder().sink(sink.clone()).start().unwrap();
/// let trace = telemetry.trace("plan").start();
/// trace.agent("planner").complete();
/// telemetry.flush_blocking(Duration::from_secs(5));
/// assert_eq!(sink.spans()[0].name, "planner");
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemorySink(Arc<Mutex<Vec<Record>>>);

impl MemorySink {
    /// All records so far, in the order in which they were sent.
    pub fn records(&self) -> Vec<Record> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.clone()
    }

    /// The span records, starts and ends.
    pub fn spans(&self) -> Vec<Span> {
        self.of_kind(|record| match record {
            Record::Span(span) => Some(*span),
            _ => None,
        })
    }

    /// The trace records, opened and completed.
    pub fn traces(&self) -> Vec<Trace> {
        self.of_kind(|record| match record {
            Record::Trace(trace) => Some(*trace),
            _ => None,
        })
    }

    /// What `pick` picks of the records.
    pub fn of_kind<T>(&self, pick: impl FnMut(Record) -> Option<T>) -> Vec<T> {
        self.records().into_iter().filter_map(pick).collect()
    }
}

impl Sink for MemorySink {
    fn emit(&self, record: Record) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(record);
    }
}
