//! Agno, as OpenLLMetry instruments it.
//!
//! A team is somebody: its leader speaks to a model and gives work to the members. Calls of models have
//! no spans; an agent tells what its own add up to. What a tool gave is the text of a Python object:
//! `status='failure' result=None error='…' …`.

use telemetron_model::RawJson;
use telemetron_model::record::{ErrorInfo, SpanKind};

use super::{SemanticFields, words};
use crate::SpanSource;

/// Whether OpenLLMetry's instrumentation of Agno made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.scope == "opentelemetry.instrumentation.agno"
}

/// Reads teams, agents, and what tools gave.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let team = words(source, &["agno.team.name"]).filter(|_| source.span.name.ends_with(".team"));
    let mut fields = SemanticFields {
        kind: team.is_some().then_some(SpanKind::Agent),
        agent_name: team,
        adds_up: source.span.name.ends_with(".agent"),
        ..SemanticFields::default()
    };
    let given = source.attributes.text("traceloop.entity.output");
    if let Some(given) = given.and_then(Given::of) {
        fields.output = given.result.as_ref().and_then(RawJson::of);
        if let Some(message) = given.error {
            fields.failed = true;
            fields.rules.push("failed:tool_status");
            fields.error = Some(ErrorInfo {
                error_type: "_OTHER".to_owned(),
                message: message.to_owned(),
                stack: None,
                category: None,
                severity: None,
                retryable: None,
            });
        }
    }
    fields
}

/// What a tool gave, out of the text of the object.
struct Given<'a> {
    result: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> Given<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (status, rest) = text.strip_prefix("status='")?.split_once('\'')?;
        let (result, rest) = rest.strip_prefix(" result=")?.rsplit_once(" error=")?;
        let error = rest.split_once(" updated_session_state=");
        let error = error.map_or(rest, |(error, _)| error);
        Some(Self {
            result: unquoted(result),
            error: (status == "failure").then(|| unquoted(error).unwrap_or_default()),
        })
    }
}

/// A printed value without its quotes; none of `None`.
fn unquoted(printed: &str) -> Option<&str> {
    let bare = |quote: char| printed.strip_prefix(quote)?.strip_suffix(quote);
    let bare = bare('\'').or_else(|| bare('"')).unwrap_or(printed);
    (bare != "None").then_some(bare)
}
