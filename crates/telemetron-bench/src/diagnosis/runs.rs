//! A labelled run, built in memory as the importer records a conversation.

use std::fmt;

use telemetron_model::decode::content_hash;
use telemetron_model::record::{ErrorInfo, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::read::whole::{WholeCall, WholeSpan, WholeText, WholeTrace};

/// Which half of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// What weights may be fitted on.
    Tuning,
    /// What they never saw.
    HeldOut,
}

impl Half {
    /// The half that a question belongs to.
    pub(super) fn of(question: &str) -> Self {
        if number_of(question) & 1 == 0 {
            Self::Tuning
        } else {
            Self::HeldOut
        }
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tuning => "tuning half",
            Self::HeldOut => "held-out half",
        })
    }
}

/// A number that runs of the same question have in common.
pub(super) fn number_of(question: &str) -> u64 {
    content_hash(question.trim().as_bytes()).cast_unsigned()
}

/// A failed run and what people say went wrong in it.
pub(super) struct Run {
    /// The set it is from.
    pub(super) set: &'static str,
    /// The half.
    pub(super) half: Half,
    /// The number of its question.
    pub(super) question: u64,
    /// The run itself.
    pub(super) trace: WholeTrace,
    /// The agent to blame; none where the label names something else.
    pub(super) agent: Option<String>,
    /// The step to blame, from 0.
    pub(super) step: usize,
}

/// A turn of a conversation.
#[derive(Default)]
pub(super) struct Turn {
    /// Who speaks.
    pub(super) agent: String,
    /// What is said.
    pub(super) text: String,
    /// The tool, when the turn is a call.
    pub(super) tool: Option<String>,
    /// Tools called in the turn: name, arguments, result.
    pub(super) calls: Vec<(String, Option<String>, Option<String>)>,
    /// Why it failed.
    pub(super) error: Option<String>,
}

/// Each span of a log without times comes a millisecond after the one before it.
const STEP_NS: i64 = 1_000_000;

/// The trace of a conversation: a root, and each turn a span below it.
pub(super) fn trace_of(question: &str, status: Status, turns: Vec<Turn>) -> WholeTrace {
    let hash = u128::from(content_hash(question.as_bytes()).unsigned_abs());
    let id = TraceId::from_bytes(hash.max(1).to_be_bytes());
    let start = Timestamp::from_millis(1_735_689_600_000);
    let id = id.unwrap_or_else(|_| unreachable!("never all zero"));
    let mut trace = WholeTrace::new(id, start);
    trace.status = status;
    trace.has_clock = false;
    trace.question = Some(WholeText::of_text(question));
    trace.answer = turns.last().map(|turn| WholeText::of_text(&turn.text));
    let root = WholeSpan {
        status: Status::Completed,
        end: Some(start),
        ..WholeSpan::new(span_id(0), SpanKind::Agent, "run", start)
    };
    trace.spans.push(root);
    let spans = turns.into_iter().zip(1..);
    trace
        .spans
        .extend(spans.map(|(turn, place)| span(turn, place, start)));
    trace
}

fn span(turn: Turn, place: u64, start: Timestamp) -> WholeSpan {
    let kind = if turn.tool.is_some() {
        SpanKind::Tool
    } else {
        SpanKind::Agent
    };
    let at = start.plus_nanos(i64::try_from(place).unwrap_or_default() * STEP_NS);
    let text = |text: String| WholeText::of_text(&text);
    let calls = turn
        .calls
        .into_iter()
        .map(|(tool_name, arguments, result)| WholeCall {
            tool_name,
            arguments: arguments.map(text),
            result: result.map(text),
            error: None,
        });
    WholeSpan {
        parent_span_id: Some(span_id(0)),
        status: if turn.error.is_some() {
            Status::Failed
        } else {
            Status::Completed
        },
        end: Some(at),
        agent: Some(turn.agent.clone()),
        tool_name: turn.tool,
        output: Some(WholeText::of_text(&turn.text)),
        calls: calls.collect(),
        error: turn.error.map(failure),
        ..WholeSpan::new(span_id(place), kind, turn.agent, at)
    }
}

fn failure(message: String) -> ErrorInfo {
    ErrorInfo {
        error_type: "_OTHER".to_owned(),
        message,
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    }
}

fn span_id(place: u64) -> SpanId {
    let id = SpanId::from_slice(&(place + 1).to_be_bytes());
    id.unwrap_or_else(|_| unreachable!("eight bytes, never all zero"))
}
