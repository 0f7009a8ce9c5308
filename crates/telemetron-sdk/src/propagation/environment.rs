//! The context in environment variables, for child processes (OpenTelemetry environment carriers).

use super::{BAGGAGE, Extractor, SpanContext, TRACEPARENT, TRACESTATE};

/// The context this process was started with, if any: `TRACEPARENT`, `TRACESTATE`, `BAGGAGE`.
pub fn context_of_environment() -> Option<SpanContext> {
    SpanContext::extract(&Variables)
}

struct Variables;

impl Extractor for Variables {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name.to_uppercase()).ok()
    }
}

/// The variables for a child process. All three: an old value must not be inherited.
pub(super) fn variables(context: &SpanContext) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    context.inject(&mut headers);
    let names = [TRACEPARENT, TRACESTATE, BAGGAGE];
    let value = |name: &str| Extractor::get(&headers, name).unwrap_or_default();
    names.map(|name| (name.to_uppercase(), value(name))).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids;

    #[test]
    fn a_child_inherits_no_older_context() {
        let context = SpanContext::new(ids::trace_id(), ids::span_id());
        let variables = variables(&context);
        assert_eq!(variables.len(), 3);
        assert_eq!(
            variables[0],
            ("TRACEPARENT".to_owned(), context.traceparent())
        );
        assert_eq!(variables[1], ("TRACESTATE".to_owned(), String::new()));
    }
}
