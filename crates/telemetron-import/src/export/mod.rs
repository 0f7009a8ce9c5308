//! Whole traces, written as OpenTelemetry or as the API answers them.
//!
//! ```text
//!  WholeTrace ─┬─ Otlp ────────▶ records ─▶ telemetron_otlp::encode ─▶ a request a line ─┬▶ Sink
//!              └─ Json, Jsonl ─▶ the answer as it is ───────────────────────────────────┘
//! ```

mod records;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use telemetron_model::SpanId;
use telemetron_model::record::Record;
use telemetron_otlp::encode;
use telemetron_otlp::wire::{self, Encoding};
use telemetron_view::{LlmCallView, ToolCallView, TraceAnswer};

/// A trace with everything that belongs to it.
#[derive(Debug)]
pub struct WholeTrace {
    /// All of its spans with their payloads, all of its events, handoffs and errors.
    pub answer: TraceAnswer,
    /// The calls inside of spans that have any.
    pub calls: HashMap<SpanId, Calls>,
}

/// The calls inside of a span.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    /// Calls of models.
    pub llm: Vec<LlmCallView>,
    /// Calls of tools.
    pub tool: Vec<ToolCallView>,
}

/// The form in which traces are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// OTLP/JSON, a request a line: spans, then what is no span.
    Otlp,
    /// One document.
    Json,
    /// A trace a line.
    Jsonl,
}

/// Where an export goes. Dropped without an end, it may lack its tail, and nobody is told.
pub trait Sink: Write {
    /// Writes what is still held back.
    ///
    /// # Errors
    /// When it cannot be written.
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

/// A sink that writes bytes as they are.
pub fn plain(to: impl Write + 'static) -> Box<dyn Sink> {
    Box::new(BufWriter::new(to))
}

/// A sink that writes a gzipped file.
pub fn packed(to: File) -> Box<dyn Sink> {
    Box::new(GzEncoder::new(BufWriter::new(to), Compression::default()))
}

/// Writes traces, one after the other.
pub struct Writer {
    form: Form,
    sink: Box<dyn Sink>,
    any: bool,
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// When the sink takes nothing.
    pub fn begin(form: Form, mut sink: Box<dyn Sink>) -> io::Result<Self> {
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
    ///
    /// # Errors
    /// When the sink takes nothing.
    pub fn write(&mut self, whole: &WholeTrace) -> io::Result<()> {
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
    ///
    /// # Errors
    /// When the sink takes nothing.
    pub fn end(mut self) -> io::Result<()> {
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
fn otlp(whole: &WholeTrace) -> Vec<u8> {
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
