//! Compressed payloads: what a batch needs the processor for.

use std::io;

use telemetron_model::RawJson;
use telemetron_model::record::{LlmCall, Span, ToolCall};

use crate::payload::compress;

/// Compressed payloads of a span and of its embedded calls.
#[derive(Debug, Clone, Default)]
pub(in crate::write) struct Payloads {
    pub(in crate::write) input: Option<Payload>,
    pub(in crate::write) output: Option<Payload>,
    pub(in crate::write) llm_calls: Vec<[Option<Payload>; 2]>,
    pub(in crate::write) tool_calls: Vec<[Option<Payload>; 2]>,
}

/// A compressed payload.
#[derive(Debug, Clone)]
pub(in crate::write) struct Payload {
    pub(in crate::write) frame: Vec<u8>,
    pub(in crate::write) bytes: i32,
}

impl Payloads {
    pub(super) fn of(span: &Span) -> io::Result<Self> {
        let llm = |call: &LlmCall| {
            Ok([
                Payload::of(call.messages.as_ref())?,
                Payload::of(call.response.as_ref())?,
            ])
        };
        let tool = |call: &ToolCall| {
            Ok([
                Payload::of(call.arguments.as_ref())?,
                Payload::of(call.result.as_ref())?,
            ])
        };
        Ok(Self {
            input: Payload::of(span.input_data.as_ref())?,
            output: Payload::of(span.output_data.as_ref())?,
            llm_calls: span.llm_calls.iter().map(llm).collect::<io::Result<_>>()?,
            tool_calls: span
                .tool_calls
                .iter()
                .map(tool)
                .collect::<io::Result<_>>()?,
        })
    }
}

impl Payload {
    fn of(json: Option<&RawJson>) -> io::Result<Option<Self>> {
        let compressed = |json: &RawJson| {
            let bytes = i32::try_from(json.get().len()).unwrap_or(i32::MAX);
            Ok(Self {
                frame: compress(json.get())?,
                bytes,
            })
        };
        json.map(compressed).transpose()
    }
}
