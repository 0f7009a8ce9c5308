//! The forms in which traces are written.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use flate2::write::GzEncoder;
use telemetron_model::record::Span;
use telemetron_model::view::{SpanView, TraceAnswer};
use telemetron_otlp::encode;
use telemetron_otlp::wire::{self, Encoding};

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// OTLP/JSON, a request a line
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
    pub(super) fn write(&mut self, trace: &TraceAnswer) -> anyhow::Result<()> {
        if std::mem::replace(&mut self.any, true) {
            let between: &[u8] = if self.form == Form::Json {
                b",\n"
            } else {
                b"\n"
            };
            self.sink.write_all(between)?;
        }
        match self.form {
            Form::Otlp => self.sink.write_all(&otlp(trace))?,
            Form::Json | Form::Jsonl => serde_json::to_writer(&mut self.sink, trace)?,
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

fn otlp(trace: &TraceAnswer) -> Vec<u8> {
    let spans: Vec<_> = trace.spans.iter().map(record).collect();
    wire::encode_traces(&encode::traces(spans.iter()), Encoding::Json)
}

/// The record that a span is answered for. Calls inside it stay behind: OTLP knows spans alone.
fn record(view: &SpanView) -> Span {
    let view = view.clone();
    Span {
        parent_span_id: view.parent_span_id,
        status: view.status,
        end_time: view.end_time.map(|time| time.0),
        time_source: Some(view.time_source),
        agent_id: view.agent_id,
        agent_name: view.agent_name,
        session_id: view.session_id,
        user_id: view.user_id,
        project: view.project,
        model: view.model,
        provider: view.provider,
        parameters: view.parameters,
        time_to_first_token_ns: view.time_to_first_token_ms.map(nanos),
        finish_reason: view.finish_reason,
        tool_name: view.tool_name,
        tool_call_id: view.tool_call_id,
        input_data: view.input_data,
        output_data: view.output_data,
        token_usage: view.token_usage,
        cost_usd: view.cost_usd,
        error: view.error,
        attributes: view.attributes,
        events: view.events,
        links: view.links,
        resource: view.resource,
        ..Span::started(
            view.trace_id,
            view.span_id,
            view.name,
            view.span_kind,
            view.start_time.0,
        )
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
fn nanos(millis: f64) -> i64 {
    (millis * 1e6).round() as i64
}
