//! Failures: anything that can be shown, classified by its type and words.

use std::any::type_name;
use std::fmt::Display;

use telemetron_model::classify::classify;
use telemetron_model::record::ErrorInfo;

/// Why something failed. Made from a reference to any error or text, or from an [`ErrorInfo`].
#[derive(Debug, Clone)]
pub struct Failure(ErrorInfo);

impl<E: Display + ?Sized> From<&E> for Failure {
    fn from(error: &E) -> Self {
        Self::new(short_type_name(type_name::<E>()), error.to_string())
    }
}

impl From<ErrorInfo> for Failure {
    fn from(info: ErrorInfo) -> Self {
        let class = classify(&info.error_type, &info.message);
        Self(ErrorInfo {
            category: info.category.or(Some(class.category)),
            severity: info.severity.or(Some(class.severity)),
            retryable: info.retryable.or(Some(class.retryable)),
            ..info
        })
    }
}

impl Failure {
    /// A failure of a type of low cardinality, with what it says.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from(ErrorInfo {
            error_type: error_type.into(),
            message: message.into(),
            stack: None,
            category: None,
            severity: None,
            retryable: None,
        })
    }

    /// Nobody said how a span or a trace ended.
    pub(crate) fn abandoned(what: &str) -> Self {
        let message = format!("the {what} was dropped before anybody said how it ended");
        Self::new("abandoned", message)
    }

    /// The same with where it was raised.
    #[must_use]
    pub fn with_stack(mut self, stack: impl Into<String>) -> Self {
        self.0.stack = Some(stack.into());
        self
    }

    pub(crate) fn into_info(self) -> ErrorInfo {
        self.0
    }
}

/// `crate::path::Type` as `Type`, and the many types named `Error` as `crate::Error`.
fn short_type_name(full: &str) -> String {
    let full = full.trim_start_matches("dyn ");
    let full = full.split(['<', ' ']).next().unwrap_or(full);
    let last = full.rsplit("::").next().unwrap_or(full);
    match (last, full.split("::").next()) {
        ("str" | "String" | "Arguments", _) => "Error".to_owned(),
        ("Error", Some("core" | "alloc")) => "Error".to_owned(),
        ("Error", Some(first)) if first != last => format!("{first}::Error"),
        _ => last.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use telemetron_model::record::ErrorCategory;

    use super::*;

    #[test]
    fn types_are_named_shortly_and_the_many_errors_by_their_crate() {
        let cases = [
            ("std::io::error::Error", "std::Error"),
            ("serde_json::error::Error", "serde_json::Error"),
            ("core::num::error::ParseIntError", "ParseIntError"),
            ("my::Wrapper<std::io::error::Error>", "Wrapper"),
            ("dyn core::error::Error + core::marker::Send", "Error"),
            ("str", "Error"),
        ];
        for (full, short) in cases {
            assert_eq!(short_type_name(full), short);
        }
    }

    #[test]
    fn a_failure_is_classified_by_its_words() {
        let info = Failure::from("the request timed out").into_info();
        assert_eq!(info.category, Some(ErrorCategory::Timeout));
        assert_eq!(info.retryable, Some(true));
        assert_eq!(info.message, "the request timed out");
    }
}
