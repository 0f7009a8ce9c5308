//! Small traces, built by hand.

use telemetron_model::record::{ErrorInfo, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::read::whole::{WholeSpan, WholeText, WholeTrace};
use telemetron_view::HandoffView;

/// The instant so many milliseconds after the start of every trace here.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_769_857_200_000 + millis)
}

/// The id of span n.
pub(crate) fn id(n: u64) -> SpanId {
    SpanId::from_slice(&n.to_be_bytes()).unwrap()
}

/// A trace of these spans that ended as its first span did.
pub(crate) fn trace(spans: Vec<WholeSpan>) -> WholeTrace {
    let mut trace = WholeTrace::new(TraceId::from_bytes([1; 16]).unwrap(), at(0));
    trace.name = Some("request".to_owned());
    trace.status = spans.first().map_or(Status::Completed, |span| span.status);
    trace.end = spans.first().and_then(|span| span.end);
    trace.spans = spans;
    trace
}

/// Span n below another, from one millisecond to another; 0 stands for no parent.
pub(crate) fn span(n: u64, parent: u64, kind: SpanKind, from: i64, until: i64) -> WholeSpan {
    WholeSpan {
        parent_span_id: (parent > 0).then(|| id(parent)),
        status: Status::Completed,
        end: Some(at(until)),
        ..WholeSpan::new(id(n), kind, format!("span {n}"), at(from))
    }
}

/// What a test says of a span, one word after the other.
pub(crate) trait Described {
    fn agent(self, name: &str) -> Self;
    fn tool(self, name: &str) -> Self;
    fn fails(self, kind: &str, message: &str) -> Self;
    fn runs(self) -> Self;
    fn takes(self, input: &str) -> Self;
    fn says(self, output: &str) -> Self;
}

impl Described for WholeSpan {
    fn agent(mut self, name: &str) -> Self {
        self.agent = Some(name.to_owned());
        self
    }

    fn tool(mut self, name: &str) -> Self {
        self.tool_name = Some(name.to_owned());
        self
    }

    fn fails(mut self, kind: &str, message: &str) -> Self {
        self.status = Status::Failed;
        self.error = Some(ErrorInfo {
            error_type: kind.to_owned(),
            message: message.to_owned(),
            stack: None,
            category: None,
            severity: None,
            retryable: None,
        });
        self
    }

    fn runs(mut self) -> Self {
        self.status = Status::Running;
        self.end = None;
        self
    }

    fn takes(mut self, input: &str) -> Self {
        self.input = Some(WholeText::of_text(input));
        self
    }

    fn says(mut self, output: &str) -> Self {
        self.output = Some(WholeText::of_text(output));
        self
    }
}

/// A handoff that was said outright.
pub(crate) fn handoff(from: &str, to: &str, span: u64, millis: i64) -> HandoffView {
    HandoffView {
        handoff_id: format!("{from}-{to}-{millis}"),
        trace_id: None,
        span_id: Some(id(span)),
        source_agent_id: None,
        source_agent_name: from.to_owned(),
        target_agent_id: None,
        target_agent_name: to.to_owned(),
        timestamp: at(millis).into(),
        reason: None,
        mode: None,
        rule: None,
        context: None,
        context_bytes: None,
    }
}
