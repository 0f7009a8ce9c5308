//! The status of an answer, where a failure tells it.

use super::Class;
use crate::record::{ErrorCategory, Severity};

/// Words before the number of a status, in lower case.
const BEFORE: &[&str] = &[
    "status",
    "status code",
    "status_code",
    "statuscode",
    "error code",
    "error_code",
    "http",
    "http error",
    "code",
];

/// The class of the status that a type or a message tells: where it means one thing, and where it
/// may mean several.
pub(super) fn classes(error_type: &str, message: &str) -> (Option<Class>, Option<Class>) {
    let is_clear = |class: &Class| {
        matches!(
            class.category,
            ErrorCategory::Llm | ErrorCategory::Config | ErrorCategory::Timeout
        )
    };
    let class = class(error_type, message);
    (class.filter(is_clear), class)
}

fn class(error_type: &str, message: &str) -> Option<Class> {
    let code = number(error_type).or_else(|| told(message))?;
    let (category, severity, retryable) = match code {
        429 | 529 => (ErrorCategory::Llm, Severity::Warning, true),
        401 | 403 => (ErrorCategory::Config, Severity::Critical, false),
        408 => (ErrorCategory::Timeout, Severity::Error, true),
        404 | 410 => (ErrorCategory::Resource, Severity::Error, false),
        400 | 422 => (ErrorCategory::Validation, Severity::Error, false),
        500..=504 => (ErrorCategory::Network, Severity::Error, true),
        _ => return None,
    };
    Some(Class {
        category,
        severity,
        retryable,
    })
}

/// The status at the beginning of a message, or behind a word that says that it is one.
fn told(message: &str) -> Option<u16> {
    let text = message.to_ascii_lowercase();
    let first = text.split(|c: char| !c.is_ascii_alphanumeric()).next();
    first.and_then(number).or_else(|| {
        let mut digits = text.match_indices(['4', '5']);
        digits.find_map(|(at, _)| {
            let code = text.get(at..at + 3).and_then(number)?;
            let follows = text[at + 3..].chars().next();
            let before = text[..at].trim_end_matches([' ', ':', '=', '(', '"', '\'']);
            let named = BEFORE.iter().any(|word| before.ends_with(word));
            let whole = text[..at].ends_with([' ', ':', '=', '(', '"', '\''])
                && !follows.is_some_and(|c| c.is_ascii_alphanumeric());
            (named && whole).then_some(code)
        })
    })
}

/// The number of a failure's status: three digits that begin with four or five.
fn number(text: &str) -> Option<u16> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let code = digits.then(|| text.parse::<u16>().ok())??;
    (400..600).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_where_failures_tell_it() {
        let cases = [
            ("429", "", Some(ErrorCategory::Llm)),
            ("Error", "429 not now", Some(ErrorCategory::Llm)),
            (
                "APIError",
                "Error code: 429 - {'error': …}",
                Some(ErrorCategory::Llm),
            ),
            (
                "api_error",
                "slow down (status 529)",
                Some(ErrorCategory::Llm),
            ),
            ("HTTPError", "HTTP 401", Some(ErrorCategory::Config)),
            ("X", "{\"code\": 503}", Some(ErrorCategory::Network)),
            ("X", "status_code=404", Some(ErrorCategory::Resource)),
            ("X", "no room 429 in the hotel", None),
            ("X", "code 4290", None),
            ("X", "code 200", None),
            ("X", "statü 5é", None),
        ];
        for (error_type, message, expected) in cases {
            let found = class(error_type, message).map(|class| class.category);
            assert_eq!(found, expected, "{error_type}: {message}");
        }
    }
}
