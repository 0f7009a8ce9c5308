//! Telemetry of Claude Code, put where its hooks and transcripts stand.
//!
//! Its spans bear a trace of their own and no prompt. Which prompt that is follows from the first of
//! these that is known ([`clues`]):
//!
//! 1. a log record, which names both the trace and the prompt;
//! 2. a tool call that a hook has told of;
//! 3. a prompt with the same text;
//! 4. the prompt that hooks told of and no trace of telemetry is known to be: the last one that was
//!    given before the span began.
//!
//! Where nothing is known the trace keeps its id, and hooks that come later join it by 2 and 3.
//!
//! The ids of spans follow from what they say ([`spans`]): the tool call, the sub-agent, the request.
//! A sub-agent has no span there; one is made of what it did, where no hook tells of it.

mod attributes;
mod clues;
mod logs;
mod read;
mod spans;
#[cfg(test)]
mod tests;

pub(super) use logs::logs;
pub(super) use spans::spans;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::trace::v1::Span;
use telemetron_model::record::{Record, Status, Trace};
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};

use super::recent::Recent;
use super::session::Session;
use super::title;

/// How the scopes of Claude Code begin.
const SCOPE: &str = "com.anthropic.claude_code";

/// What telemetry told, for what comes later.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownTelemetry {
    /// Which of ours its spans are, by their ids there.
    spans: Recent<SpanId>,
    /// The tool calls whose execution its spans are, by their ids there.
    executions: Recent<String>,
    /// The sub-agents whose work stands below its spans, by the ids of these.
    works: Recent<String>,
    /// The requests that have an id of ours already: their ids there, by ours.
    requests: Recent<Vec<u8>>,
    /// Waits for a decision about tools whose span has not come, by the ids of these.
    waits: Recent<Span>,
    /// The end of the last request of a main agent, and whether it failed.
    last_request: Option<(TraceId, u64, bool)>,
    /// The last interaction, as it would be sent again when its answer comes.
    interaction: Option<(TraceId, Box<ExportTraceServiceRequest>)>,
}

/// Whether a request holds spans of Claude Code's.
pub fn tells_spans(request: &ExportTraceServiceRequest) -> bool {
    let mut scopes = request
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans);
    scopes.any(|scope| is_its(scope.scope.as_ref()))
}

/// Whether a request holds log records of Claude Code's.
pub fn tells_logs(request: &ExportLogsServiceRequest) -> bool {
    let mut scopes = request
        .resource_logs
        .iter()
        .flat_map(|resource| &resource.scope_logs);
    scopes.any(|scope| is_its(scope.scope.as_ref()))
}

fn is_its(scope: Option<&InstrumentationScope>) -> bool {
    scope.is_some_and(|scope| scope.name.starts_with(SCOPE))
}

/// An id of telemetry as text.
fn key(id: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(id.len() * 2);
    for byte in id {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Nanoseconds of OTLP.
fn instant(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// What telemetry knows at a moment of a trace whose prompt no hook has told of: it is done with its
/// answer, unless a request failed after that. Before, it stands as its main agent does.
fn known(session: &Session, id: &str, trace: TraceId, now: u64) -> Option<Record> {
    let prompt = session.prompts.iter().find(|prompt| prompt.trace == trace);
    if prompt.is_some_and(|prompt| prompt.began.is_some()) {
        return None;
    }
    let joined = session.joined.iter().find(|joined| joined.trace == trace);
    let text = prompt.and_then(|prompt| prompt.text.as_ref());
    let text = text.or_else(|| joined?.text.as_ref());
    let answer = prompt.and_then(|prompt| prompt.answer.as_ref());
    if text.is_none() && answer.is_none() {
        return None;
    }
    let last = session.telemetry.last_request;
    let failed = last.is_some_and(|(of, _, failed)| of == trace && failed);
    let answer = answer.filter(|_| !failed);
    let trace = Trace {
        name: text.and_then(|text| title::title(text)),
        status: match answer {
            Some(_) => Status::Completed,
            None => Status::Running,
        },
        session_id: Some(id.to_owned()),
        root_agent_name: Some("main".to_owned()),
        user_input: text.and_then(RawJson::of),
        final_output: answer.and_then(RawJson::of),
        end_time: answer.map(|_| instant(now)),
        ..Trace::opened(trace, instant(now))
    };
    Some(trace.into())
}
