//! The forms in which traces are written.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use flate2::write::GzEncoder;
use telemetron_model::record::Record;
use telemetron_otlp::encode;
use telemetron_otlp::wire::{self, Encoding};

use super::gather::Gathered;
use super::records;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// OTLP/JSON, a request a line: spans, then what is no span
    Otlp,
    /// One document
    Json,
    /// A trace a line
    Jsonl,
}

/// Where an export goes. Dropped without an end, it may lack its tail, and nobody is told.
pub(super) trait Sink: Write {
    /// Writes what is still held back.
    fn end(self: Box<Self>) -> io::Result<()>;
}

impl<W: Write> Sink for BufWriter<W> {
    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.flush()
    }
}

impl Sink for GzEncoder<BufWriter<File>> {
    fn end(self: Box<Self>) -> io::Result<()> {
        self.finish()?.flush()
    }
}

/// Writes traces, one after the other.
pub(super) struct Writer {
    form: Form,
    sink: Box<dyn Sink>,
    any: bool,
}

impl Writer {
    /// Begins.
    pub(super) fn begin(form: Form, mut sink: Box<dyn Sink>) -> io::Result<Self> {
        if form == Form::Json {
            sink.write_all(b"[\n")?;
        }
        Ok(Self {
            form,
            sink,
            any: false,
        })
    }

    /// Writes a trace.
    pub(super) fn write(&mut self, whole: &Gathered) -> anyhow::Result<()> {
        if std::mem::replace(&mut self.any, true) {
            let between: &[u8] = if self.form == Form::Json {
                b",\n"
            } else {
                b"\n"
            };
            self.sink.write_all(between)?;
        }
        match self.form {
            Form::Otlp => self.sink.write_all(&otlp(whole))?,
            Form::Json | Form::Jsonl => serde_json::to_writer(&mut self.sink, &whole.answer)?,
        }
        Ok(())
    }

    /// Ends the document, and makes sure that it is written.
    pub(super) fn end(mut self) -> io::Result<()> {
        let end: &[u8] = if self.form == Form::Json {
            b"\n]\n"
        } else {
            b"\n"
        };
        self.sink.write_all(end)?;
        self.sink.end()
    }
}

/// The spans as a request, and the rest in a line of its own where there is any.
fn otlp(whole: &Gathered) -> Vec<u8> {
    let records = records::of(whole);
    let spans = records.iter().filter_map(|record| match record {
        Record::Span(span) => Some(&**span),
        _ => None,
    });
    let mut lines = wire::encode_traces(&encode::whole_traces(spans), Encoding::Json);
    let notes = encode::logs(records.iter());
    if !notes.resource_logs.is_empty() {
        lines.push(b'\n');
        lines.extend(wire::encode_logs(&notes, Encoding::Json));
    }
    lines
}
