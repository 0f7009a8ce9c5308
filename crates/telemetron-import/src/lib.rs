//! Recorded runs to records, and whole traces to files.
//!
//! ```text
//!  file ─▶ files (find, unpack) ─┬▶ documents (one JSON value each) ─▶ Format ─▶ records
//!                                ├▶ protobuf (OTLP)
//!                                └▶ claude_code (a transcript is one story, line after line)
//!
//!  answers of the API ─▶ export::WholeTrace ─▶ Form ─▶ Sink (file, standard output)
//! ```
//!
//! Nothing here knows Kafka, the API or a terminal: whoever imports sends the records, whoever exports
//! asks for the traces.
//!
//! Invariants: a format is recognised by its content, never by a name; reading is a pure function
//! of the document, so that the same file gives the same records, byte for byte, every time; what
//! somebody later wrote about a run (labels, right answers) is not part of what happened and is
//! left out.

pub mod claude_code;
mod code;
mod conversation;
mod document;
pub mod export;
pub mod files;
mod foreign;
mod formats;
mod ids;
mod instants;
mod payload;
mod protobuf;
mod records;
mod story;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::LazyLock;

use serde_json::value::RawValue;
use telemetron_model::record::Record;
use telemetron_otlp::claude_hooks::Sessions;
use telemetron_otlp::proto::collector::logs::v1::ExportLogsServiceRequest;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::{Mapped, Prices, logs, traces};

pub(crate) use document::{Document, Documents};
use formats::{agent_messages, agents_sdk};

/// A form in which runs are recorded.
pub(crate) trait Format: Sync {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// Whether a document is of this form, by a look at its outermost fields.
    fn recognises(&self, document: &Document<'_>) -> bool;

    /// What a document holds, its records in the order in which they happened.
    ///
    /// # Errors
    /// A sentence when the document has the marks of this form and cannot be read all the same.
    fn read(&self, document: &Document<'_>) -> Result<Run, String>;
}

/// What a document holds.
#[derive(Debug, Default)]
pub struct Run {
    /// Its records.
    pub records: Vec<Record>,
    /// Why parts of it have none.
    pub rejected: Vec<String>,
}

impl Run {
    fn of(mapped: Mapped) -> Self {
        let rejected = mapped.rejected.into_iter();
        Self {
            records: mapped.records,
            rejected: rejected
                .map(|one| format!("{}: {}", one.item, one.reason))
                .collect(),
        }
    }

    /// What a request of spans holds; those of Claude Code stand where its transcripts stand.
    fn of_spans(mut request: ExportTraceServiceRequest) -> Self {
        let beside = Sessions::default().spans(&mut request);
        let mut run = Self::of(traces::map(&request, &PRICES));
        run.records.extend(beside);
        run
    }

    /// What a request of log records holds, likewise.
    fn of_logs(mut request: ExportLogsServiceRequest) -> Self {
        let beside = Sessions::default().logs(&mut request, &PRICES);
        let mut run = Self::of(logs::map(&request));
        run.records.extend(beside);
        run
    }

    fn add(&mut self, other: Self) {
        self.records.extend(other.records);
        self.rejected.extend(other.rejected);
    }
}

impl From<Vec<Record>> for Run {
    fn from(records: Vec<Record>) -> Self {
        Self {
            records,
            rejected: Vec::new(),
        }
    }
}

/// Prices for calls that bring no cost.
static PRICES: LazyLock<Prices> = LazyLock::new(Prices::builtin);

/// What became of a document.
#[derive(Debug)]
pub enum Reading {
    /// It was read.
    Run {
        /// The name of its form.
        format: &'static str,
        /// What it holds.
        run: Run,
    },
    /// It cannot be imported, for this reason.
    Skipped(String),
}

/// Reads a file of whatever form it is; its path tells where parts of it may stand.
pub fn read_file<'a>(
    bytes: &'a [u8],
    path: Option<&Path>,
) -> Box<dyn Iterator<Item = Reading> + 'a> {
    if claude_code::recognises(bytes) {
        return Box::new(claude_code::read(bytes, path).into_iter());
    }
    if let Some(readings) = protobuf::read(bytes) {
        return Box::new(readings.into_iter());
    }
    if let Some(readings) = agents_sdk::read_lines(bytes) {
        return Box::new(readings.into_iter());
    }
    if let Some(readings) = agent_messages::read_lines(bytes) {
        return Box::new(readings.into_iter());
    }
    Box::new(Documents::of(bytes).flat_map(|value| match value {
        Ok(value) => read_all(&Document::of(value)),
        Err(reason) => vec![Reading::Skipped(reason)],
    }))
}

/// Reads a document, or those in the answer of an API that it is: a page of `data` with a cursor.
fn read_all(document: &Document<'_>) -> Vec<Reading> {
    let is_known = formats::ALL.iter().any(|form| form.recognises(document));
    let page = serde_json::from_str::<Vec<&RawValue>>(document.field("data")).unwrap_or_default();
    let is_page = !page.is_empty() && page.iter().all(|item| item.get().starts_with('{'));
    if is_known || !is_page {
        return vec![read(document)];
    }
    let items = page.into_iter().map(|item| read(&Document::of(item)));
    items.collect()
}

/// Reads a document of whatever form it is.
pub(crate) fn read(document: &Document<'_>) -> Reading {
    let format = formats::ALL
        .iter()
        .find(|format| format.recognises(document));
    let Some(format) = format else {
        return Reading::Skipped(format!("not recognised: {}", document.describe()));
    };
    match format.read(document) {
        Ok(run) => Reading::Run {
            format: format.name(),
            run,
        },
        Err(reason) => Reading::Skipped(format!("{}: {reason}", format.name())),
    }
}
