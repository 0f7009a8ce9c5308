//! What an import did, for people and for machines.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::Serialize;
use telemetron_import::files::Input;
use telemetron_model::record::{Record, TimeSource};
use telemetron_model::{SpanId, TraceId};

use super::known::Changes;
use crate::output::{Cell, Table, paint, shortened};

/// Reasons that are shown to people; machines get all.
const REASONS_SHOWN: usize = 20;

/// Columns of a reason.
const REASON_WIDTH: usize = 160;

/// What an import did.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    dry_run: bool,
    files: u64,
    #[serde(flatten)]
    counts: Counts,
    formats: BTreeMap<&'static str, Counts>,
    /// What of it was there before; none when nobody could be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) changes: Option<Changes>,
    skipped: Vec<Skipped>,
    #[serde(skip)]
    traces: HashSet<TraceId>,
    #[serde(skip)]
    spans: HashSet<(TraceId, SpanId)>,
}

/// How much was imported.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Counts {
    traces: u64,
    repeated: u64,
    spans: u64,
    handoffs: u64,
    events: u64,
    metric_points: u64,
    /// Traces whose source tells no times: theirs say what came first, and nothing else.
    without_times: u64,
}

/// What could not be imported.
#[derive(Debug, Serialize)]
struct Skipped {
    file: String,
    reason: String,
    documents: u64,
}

impl Summary {
    /// Nothing yet.
    pub(super) fn new(dry_run: bool) -> Self {
        Self {
            dry_run,
            ..Self::default()
        }
    }

    /// Counts a file.
    pub(super) const fn file(&mut self) {
        self.files += 1;
    }

    /// Counts a run.
    pub(super) fn run(&mut self, format: &'static str, records: &[Record]) {
        let traces = records.iter().filter_map(Record::trace_id);
        let new_traces = traces.filter(|id| self.traces.insert(*id)).count();
        let spans = || records.iter().filter_map(span_key);
        let new_spans = spans().filter(|key| self.spans.insert(*key)).count();
        let counts = if new_traces == 0 && new_spans == 0 && spans().next().is_some() {
            Counts {
                repeated: 1,
                ..Counts::default()
            }
        } else {
            Counts {
                traces: whole(new_traces),
                spans: whole(new_spans),
                ..Counts::of(records)
            }
        };
        self.counts.add(counts);
        self.formats.entry(format).or_default().add(counts);
    }

    /// Notes what could not be imported; the same reason in the same file is counted.
    pub(super) fn skipped(&mut self, input: &Input, reason: String) {
        let file = input.to_string();
        let last = self.skipped.last_mut();
        match last.filter(|last| last.file == file && last.reason == reason) {
            Some(last) => last.documents += 1,
            None => self.skipped.push(Skipped {
                file,
                reason,
                documents: 1,
            }),
        }
    }

    /// Whether there was nothing to import.
    pub(super) const fn imported_nothing(&self) -> bool {
        self.counts.is_nothing()
    }
}

fn span_key(record: &Record) -> Option<(TraceId, SpanId)> {
    match record {
        Record::Span(span) => Some((span.trace_id, span.span_id)),
        _ => None,
    }
}

fn has_no_times(record: &Record) -> bool {
    match record {
        Record::Trace(trace) => trace.time_source == Some(TimeSource::Order),
        _ => false,
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Counts {
    fn of(records: &[Record]) -> Self {
        let count =
            |is: fn(&Record) -> bool| whole(records.iter().filter(|record| is(record)).count());
        Self {
            traces: 0,
            repeated: 0,
            spans: 0,
            without_times: count(has_no_times),
            metric_points: count(|record| matches!(record, Record::Metric(_))),
            handoffs: count(|record| matches!(record, Record::Handoff(_))),
            events: count(|record| matches!(record, Record::Event(_))),
        }
    }

    const fn add(&mut self, other: Self) {
        self.traces += other.traces;
        self.repeated += other.repeated;
        self.spans += other.spans;
        self.handoffs += other.handoffs;
        self.events += other.events;
        self.metric_points += other.metric_points;
        self.without_times += other.without_times;
    }

    const fn is_nothing(&self) -> bool {
        self.traces + self.events + self.metric_points == 0
    }

    fn row(self, name: impl fmt::Display) -> Vec<Cell> {
        let counts = [
            self.traces,
            self.spans,
            self.handoffs,
            self.events,
            self.metric_points,
        ];
        let cells = counts.into_iter().map(Cell::plain);
        [Cell::plain(name)].into_iter().chain(cells).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[
            "FORM",
            ">TRACES",
            ">SPANS",
            ">HANDOFFS",
            ">EVENTS",
            ">POINTS",
        ]);
        for (name, counts) in &self.formats {
            table.row(counts.row(name));
        }
        if self.formats.len() > 1 {
            table.row(self.counts.row("all"));
        }
        if !self.formats.is_empty() {
            writeln!(f, "{table}\n")?;
        }
        let files = self.files;
        let verb = if self.dry_run {
            "read, nothing sent"
        } else {
            "read"
        };
        write!(
            f,
            "{files} {} {verb}",
            if files == 1 { "file" } else { "files" }
        )?;
        if self.counts.repeated > 0 {
            write!(f, "; {} runs stood there twice", self.counts.repeated)?;
        }
        if self.counts.without_times > 0 {
            let traces = self.counts.without_times;
            write!(
                f,
                "; {traces} traces tell no times, theirs say the order alone"
            )?;
        }
        if let Some(changes) = self.changes {
            write!(f, "; {changes}")?;
        }
        self.write_skipped(f)
    }
}

impl Summary {
    fn write_skipped(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.skipped.is_empty() {
            return Ok(());
        }
        write!(f, "\n\nNot imported:")?;
        for skipped in self.skipped.iter().take(REASONS_SHOWN) {
            let file = paint::painted(paint::STRONG, &skipped.file);
            let reason = shortened(&skipped.reason, REASON_WIDTH);
            let times = match skipped.documents {
                1 => String::new(),
                more => format!(" ({more} times)"),
            };
            write!(f, "\n  {file}: {reason}{times}")?;
        }
        match self.skipped.len().saturating_sub(REASONS_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  … and {more} more; --json names all"),
        }
    }
}
