//! Classes of errors, from their type and message (contract C-7).
//!
//! Rules are tried in order and the first that fits decides; each is a list of words that stand
//! in the lowercase type or message. Nothing fits: `unknown`, not retryable.

use crate::record::{ErrorCategory, Severity};

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
            "too many requests",
            "status 429",
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
            "resourceexhausted",
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
            "status 502",
            "status 503",
            "status 504",
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

/// Classifies a failure by the words of its type and message.
pub fn classify(error_type: &str, message: &str) -> Class {
    let text = format!("{error_type} {}", head(message)).to_lowercase();
    let fits = |rule: &&Rule| rule.words.iter().any(|word| text.contains(word));
    RULES.iter().find(fits).map_or(
        Class {
            category: ErrorCategory::Unknown,
            severity: Severity::Error,
            retryable: false,
        },
        |rule| rule.class,
    )
}

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
    fn a_long_message_is_read_up_to_a_character_boundary() {
        assert_eq!(
            classify("X", &"é".repeat(2000)).category,
            ErrorCategory::Unknown
        );
    }
}
