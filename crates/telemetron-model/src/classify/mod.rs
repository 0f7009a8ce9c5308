//! Classes of errors, from their type and message (contract C-7).
//!
//! What a provider says exactly comes first: the status of its answer, its code, the type of its
//! error. Then rules are tried in order, each a list of words that stand in the lowercase type or
//! message, and the first that fits decides. Nothing fits: what failed tells, a call of a model or
//! of a tool; else `unknown`, not retryable.

mod status;

use crate::record::{ErrorCategory, Severity, SpanKind};

/// What a failure is, as far as its words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Where it comes from.
    pub category: ErrorCategory,
    /// How bad it is.
    pub severity: Severity,
    /// Whether trying again may help.
    pub retryable: bool,
}

struct Rule {
    words: &'static [&'static str],
    class: Class,
}

const fn rule(
    words: &'static [&'static str],
    category: ErrorCategory,
    severity: Severity,
    retryable: bool,
) -> Rule {
    Rule {
        words,
        class: Class {
            category,
            severity,
            retryable,
        },
    }
}

const RULES: &[Rule] = &[
    rule(
        &[
            "rate limit",
            "ratelimit",
            "rate_limit",
            "resource_exhausted",
            "throttl",
            "too many requests",
            "overloaded",
        ],
        ErrorCategory::Llm,
        Severity::Warning,
        true,
    ),
    rule(
        &[
            "context window",
            "contextwindow",
            "prompt is too long",
            "context length",
            "context_length",
            "maximum context",
        ],
        ErrorCategory::Llm,
        Severity::Error,
        false,
    ),
    rule(
        &[
            "content filter",
            "content_filter",
            "contentpolicy",
            "refusal",
        ],
        ErrorCategory::Llm,
        Severity::Warning,
        false,
    ),
    rule(
        &[
            "api key",
            "api_key",
            "apikey",
            "unauthorized",
            "unauthenticated",
            "authentication",
            "permission denied",
            "forbidden",
            "missing configuration",
            "environment variable",
            "config",
        ],
        ErrorCategory::Config,
        Severity::Critical,
        false,
    ),
    rule(
        &["timeout", "timed out", "timedout", "deadline"],
        ErrorCategory::Timeout,
        Severity::Error,
        true,
    ),
    rule(
        &[
            "out of memory",
            "outofmemory",
            "oomkilled",
            "memoryerror",
            "no space left",
            "quota",
            "disk full",
            "too many open files",
            "resource exhausted",
        ],
        ErrorCategory::Resource,
        Severity::Critical,
        false,
    ),
    rule(
        &[
            "connection",
            "connect error",
            "connecterror",
            "dns",
            "socket",
            "network",
            "unreachable",
            "broken pipe",
            "econnre",
            "tls",
            "service unavailable",
        ],
        ErrorCategory::Network,
        Severity::Error,
        true,
    ),
    rule(
        &["handoff", "hand off", "transfer_to", "delegat"],
        ErrorCategory::Handoff,
        Severity::Error,
        false,
    ),
    rule(
        &[
            "validation",
            "valueerror",
            "typeerror",
            "keyerror",
            "parse error",
            "parseerror",
            "jsondecode",
            "invalid json",
            "schema",
            "invalid argument",
            "missing field",
            "deserializ",
        ],
        ErrorCategory::Validation,
        Severity::Error,
        false,
    ),
    rule(
        &[
            "tool",
            "function call",
            "subprocess",
            "exit code",
            "command failed",
        ],
        ErrorCategory::Tool,
        Severity::Error,
        false,
    ),
    rule(
        &[
            "openai",
            "anthropic",
            "litellm",
            "ollama",
            "completion",
            "llm",
            "model",
        ],
        ErrorCategory::Llm,
        Severity::Error,
        true,
    ),
    rule(
        &["not found", "notfound", "no such file", "missing"],
        ErrorCategory::Resource,
        Severity::Error,
        false,
    ),
    rule(
        &[
            "agent",
            "max iterations",
            "max_turns",
            "max turns",
            "recursion",
        ],
        ErrorCategory::Agent,
        Severity::Error,
        false,
    ),
];

/// Classifies a failure by its type and message.
pub fn classify(error_type: &str, message: &str) -> Class {
    let message = head(message);
    let text = format!("{error_type} {message}").to_lowercase();
    let fits = |rule: &&Rule| rule.words.iter().any(|word| text.contains(word));
    let first = RULES.iter().find(fits).map(|rule| rule.class);
    // Exact words of a provider say more than the status that they come with, and any words more
    // than a status that may mean anything.
    let exact = first.filter(|class| class.category == ErrorCategory::Llm && !class.retryable);
    let (clear, vague) = status::classes(error_type, message);
    exact.or(clear).or(first).or(vague).unwrap_or(UNKNOWN)
}

/// The same for a failure of a call of this kind.
///
/// An exception in a tool is the tool's unless something clear stands behind it: data that a type
/// of error calls wrong is wrong data, while `KeyError` and its like may mean anything. What a model
/// is asked for and does not give is the model's.
pub fn classify_in(kind: Option<SpanKind>, error_type: &str, message: &str) -> Class {
    let class = classify(error_type, message);
    let category = match (kind, class.category) {
        (Some(SpanKind::Tool), ErrorCategory::Unknown | ErrorCategory::Agent) => {
            ErrorCategory::Tool
        }
        (Some(SpanKind::Tool), ErrorCategory::Validation) if is_ordinary(error_type) => {
            ErrorCategory::Tool
        }
        (Some(SpanKind::Tool), ErrorCategory::Llm)
            if class.severity == Severity::Error && is_ordinary(error_type) =>
        {
            ErrorCategory::Tool
        }
        // That something was not found is said of anything; a status says it of the call.
        (Some(SpanKind::Tool), ErrorCategory::Resource)
            if class.severity == Severity::Error
                && is_ordinary(error_type)
                && status::classes(error_type, message).1.is_none() =>
        {
            ErrorCategory::Tool
        }
        (Some(SpanKind::Llm), ErrorCategory::Unknown) => ErrorCategory::Llm,
        (_, category) => category,
    };
    let retryable = class.retryable && (category == class.category);
    Class {
        category,
        retryable,
        ..class
    }
}

/// Whether any code raises errors of this type, whatever went wrong.
fn is_ordinary(error_type: &str) -> bool {
    const ORDINARY: &[&str] = &[
        "_OTHER",
        "unknown",
        "Error",
        "Exception",
        "ValueError",
        "TypeError",
        "KeyError",
        "IndexError",
        "LookupError",
        "AttributeError",
        "RuntimeError",
        "AssertionError",
        "ArithmeticError",
        "ZeroDivisionError",
        "NotImplementedError",
        "RangeError",
        "ReferenceError",
    ];
    let name = error_type.rsplit(['.', ':']).next().unwrap_or(error_type);
    ORDINARY.contains(&name)
}

const UNKNOWN: Class = Class {
    category: ErrorCategory::Unknown,
    severity: Severity::Error,
    retryable: false,
};

/// The first kilobyte: a message may carry a whole page.
fn head(message: &str) -> &str {
    let end = message.floor_char_boundary(1024);
    &message[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart_by_their_words() {
        let cases = [
            ("RateLimitError", "slow down", ErrorCategory::Llm, true),
            ("ContextWindowExceededError", "", ErrorCategory::Llm, false),
            ("asyncio.TimeoutError", "", ErrorCategory::Timeout, true),
            (
                "ConnectionRefusedError",
                "localhost:11434",
                ErrorCategory::Network,
                true,
            ),
            (
                "ValidationError",
                "field `x` missing",
                ErrorCategory::Validation,
                false,
            ),
            ("ToolError", "exit code 2", ErrorCategory::Tool, false),
            (
                "AuthenticationError",
                "wrong key",
                ErrorCategory::Config,
                false,
            ),
            ("MemoryError", "", ErrorCategory::Resource, false),
            ("Oops", "", ErrorCategory::Unknown, false),
        ];
        for (error_type, message, category, retryable) in cases {
            let class = classify(error_type, message);
            assert_eq!(
                (class.category, class.retryable),
                (category, retryable),
                "{error_type}: {message}"
            );
        }
    }

    #[test]
    fn what_failed_tells_where_words_do_not() {
        let cases = [
            (
                SpanKind::Tool,
                "RuntimeError",
                "carrier API is down",
                ErrorCategory::Tool,
            ),
            (
                SpanKind::Tool,
                "KeyError",
                "'no page Rom'",
                ErrorCategory::Tool,
            ),
            (
                SpanKind::Tool,
                "ValueError",
                "no such model",
                ErrorCategory::Tool,
            ),
            (
                SpanKind::Tool,
                "ValidationError",
                "2 fields",
                ErrorCategory::Validation,
            ),
            (
                SpanKind::Tool,
                "RuntimeError",
                "timed out",
                ErrorCategory::Timeout,
            ),
            (
                SpanKind::Tool,
                "HTTPError",
                "429 Too Many Requests",
                ErrorCategory::Llm,
            ),
            (
                SpanKind::Tool,
                "_OTHER",
                "boom: no such file",
                ErrorCategory::Tool,
            ),
            (
                SpanKind::Tool,
                "HTTPError",
                "status 404",
                ErrorCategory::Resource,
            ),
            (SpanKind::Llm, "Error", "not now", ErrorCategory::Llm),
            (
                SpanKind::Chain,
                "KeyError",
                "'no page Rom'",
                ErrorCategory::Validation,
            ),
            (SpanKind::Agent, "Error", "not now", ErrorCategory::Unknown),
        ];
        for (kind, error_type, message, expected) in cases {
            let class = classify_in(Some(kind), error_type, message);
            assert_eq!(class.category, expected, "{kind:?} {error_type}: {message}");
        }
    }

    #[test]
    fn a_long_message_is_read_up_to_a_character_boundary() {
        assert_eq!(
            classify("X", &"é".repeat(2000)).category,
            ErrorCategory::Unknown
        );
    }
}
