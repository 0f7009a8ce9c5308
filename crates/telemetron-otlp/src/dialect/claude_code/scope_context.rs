//! What spans of Claude Code tell of each other, as far as one request holds them.
//!
//! ```text
//!  interaction ─┬─ llm_request           who failed last, and nobody after: it failed too
//!               └─ tool
//!                    └─ tool.execution    failed: the tool did
//! ```
//!
//! What fails is the execution of a tool, or the last request; the tool and the interaction around
//! them stay unset.
//! Each of these spans ends within milliseconds of the one around it, so they come together; one
//! that does not is read as it stands.

use std::collections::HashMap;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use telemetron_model::record::ErrorInfo;

use super::{SemanticFields, error_of, failed, word};
use crate::Attributes;

/// The bytes of a span's id.
type Id = Vec<u8>;

/// What the spans of one scope tell of each other.
#[derive(Debug, Default)]
pub(crate) struct ScopeContext {
    /// Why the execution below each tool failed.
    executions: HashMap<Id, ErrorInfo>,
    /// When the last request below each span ended, and why it failed if it did.
    requests: HashMap<Id, (u64, Option<ErrorInfo>)>,
}

impl ScopeContext {
    /// Looks at the spans of a scope; none when Claude Code did not make them.
    pub(crate) fn of(scope: &str, spans: &[Span]) -> Option<Self> {
        if !scope.starts_with(super::SCOPE) {
            return None;
        }
        let mut around = Self::default();
        for span in spans {
            around.see(span, &Attributes::new(&span.attributes));
        }
        Some(around)
    }

    fn see(&mut self, span: &Span, attributes: &Attributes<'_>) {
        let failure = || is_failed(span, attributes).then(|| error_of(attributes));
        match word(span, attributes) {
            "tool.execution" => {
                let failure = failure().flatten();
                let failure = failure.map(|error| (span.parent_span_id.clone(), error));
                self.executions.extend(failure);
            }
            "llm_request" => {
                let last = self.requests.entry(span.parent_span_id.clone());
                let last = last.or_default();
                if span.end_time_unix_nano >= last.0 {
                    *last = (span.end_time_unix_nano, failure().flatten());
                }
            }
            _ => {}
        }
    }

    /// Adds to the reading of a span what those around it tell.
    pub(crate) fn complete(&self, span: &Span, fields: &mut SemanticFields) {
        let attributes = Attributes::new(&span.attributes);
        match word(span, &attributes) {
            "tool" => {
                let failure = self.executions.get(&span.span_id);
                fail(fields, failure, "failed:claude_code_execution");
            }
            "interaction" => {
                let last = self.requests.get(&span.span_id);
                let failure = last.and_then(|(_, failure)| failure.as_ref());
                fail(fields, failure, "failed:claude_code_last_request");
            }
            _ => {}
        }
    }
}

fn is_failed(span: &Span, attributes: &Attributes<'_>) -> bool {
    let status = span.status.as_ref().map_or(0, |status| status.code);
    failed(attributes) || status == i32::from(StatusCode::Error)
}

fn fail(fields: &mut SemanticFields, failure: Option<&ErrorInfo>, rule: &'static str) {
    if let Some(failure) = failure.filter(|_| !fields.failed) {
        fields.failed = true;
        fields.error = Some(failure.clone());
        fields.rules.push(rule);
    }
}
