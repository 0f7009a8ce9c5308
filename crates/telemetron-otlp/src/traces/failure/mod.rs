//! Whether a span failed, and why: status, attributes and exception events together.
//!
//! A span failed when its status is ERROR, when an attribute says so, or when an exception left it
//! and nobody said OK. An exception by which a framework goes elsewhere is no failure. Of several exceptions the last counts: it is the one that ended the span.

mod message;

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use telemetron_model::classify::classify_in;
use telemetron_model::record::{ErrorInfo, SpanKind};

use super::span::status_code;
use crate::cut::{MAX_ERROR_BYTES, cut_text};
use crate::dialect::SemanticFields;
use crate::dialect::control_flow::is_control_flow;
use crate::{Attributes, SpanSource, bounds};

/// The type of an error that names none.
const OTHER: &str = "_OTHER";

/// Why the span failed; none when it did not.
pub(super) fn of(source: &SpanSource<'_>, fields: &mut SemanticFields) -> Option<ErrorInfo> {
    let exception = exception(source);
    let code = status_code(source);
    let left = code == StatusCode::Unset && exception.as_ref().is_some_and(escaped);
    if code != StatusCode::Error && !fields.failed && !left {
        return None;
    }
    if left && !fields.failed {
        fields.rules.push("status:exception_event");
    }
    let said = fields.error.take();
    let said_type = said.as_ref().map(|error| error.error_type.as_str());
    let from_event = |name| exception.as_ref().and_then(|event| event.text(name));
    let status = source
        .span
        .status
        .as_ref()
        .map(|status| status.message.as_str());
    let answered = answered(source);
    let error_type = from_event("exception.type")
        .or_else(|| said_type.filter(|name| *name != OTHER && !name.is_empty()))
        .or_else(|| source.attributes.text("error.type"))
        .or(answered.as_deref())
        .unwrap_or(OTHER);
    let message = from_event("exception.message")
        .or_else(|| status.filter(|text| !text.is_empty()))
        .or_else(|| said.as_ref().map(|error| error.message.as_str()))
        .unwrap_or_default();
    let (bare, own_stack) = message::without_stack(message);
    let thrown = own_stack.and_then(message::type_of_stack);
    let thrown = thrown.filter(|_| error_type == OTHER).unwrap_or(error_type);
    if is_control_flow(thrown, message) {
        fields.rules.push("status:control_flow");
        return None;
    }
    let result = result_told(fields, bare);
    let message = result.as_deref().unwrap_or(bare);
    let stack = from_event("exception.stacktrace")
        .or_else(|| said.as_ref().and_then(|error| error.stack.as_deref()))
        .or(own_stack);
    let error_type = match error_type {
        OTHER => message::type_of(message).unwrap_or(OTHER),
        told => told,
    };
    Some(info(fields.kind, error_type, message, stack, said.as_ref()))
}

/// What a tool gave back, where the message only says that it failed: OpenAI's Agents SDK tells the
/// model why, and its instrumentations tell nobody else.
fn result_told(fields: &SemanticFields, message: &str) -> Option<String> {
    const SAYS_NOTHING: &str = "Error running tool (non-fatal)";
    let is_told = fields.kind == Some(SpanKind::Tool) && message == SAYS_NOTHING;
    let result: String = fields.output.as_ref().filter(|_| is_told)?.parse().ok()?;
    (!result.is_empty()).then(|| format!("{message}: {result}"))
}

/// An error with its class, where the sender named none.
pub(crate) fn info(
    kind: Option<SpanKind>,
    error_type: &str,
    message: &str,
    stack: Option<&str>,
    said: Option<&ErrorInfo>,
) -> ErrorInfo {
    let class = classify_in(kind, error_type, message);
    ErrorInfo {
        error_type: bounds::id(Some(error_type.to_owned())).unwrap_or_else(|| OTHER.to_owned()),
        message: cut_text(message, MAX_ERROR_BYTES),
        stack: stack.map(|stack| cut_text(stack, MAX_ERROR_BYTES)),
        category: said
            .and_then(|error| error.category)
            .or(Some(class.category)),
        severity: said
            .and_then(|error| error.severity)
            .or(Some(class.severity)),
        retryable: said
            .and_then(|error| error.retryable)
            .or(Some(class.retryable)),
    }
}

/// The status of an HTTP answer that is an error: what the conventions call its type.
fn answered(source: &SpanSource<'_>) -> Option<String> {
    let mut names = ["http.response.status_code", "http.status_code"].into_iter();
    let status = names.find_map(|name| source.attributes.integer(name))?;
    (400..600).contains(&status).then(|| status.to_string())
}

fn exception<'a>(source: &SpanSource<'a>) -> Option<Attributes<'a>> {
    let events = source.span.events.iter().rev();
    let mut exceptions = events.filter(|event| event.name == "exception");
    exceptions
        .next()
        .map(|event| Attributes::new(&event.attributes))
}

/// Whether the exception left the span, as far as it says.
fn escaped(exception: &Attributes<'_>) -> bool {
    exception.boolean("exception.escaped").unwrap_or(true)
}
