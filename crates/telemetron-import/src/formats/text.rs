//! Texts that logs hold whole or line by line.

use serde::Deserialize;

/// A text, or its lines.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    /// Whole.
    Whole(String),
    /// Line by line.
    Lines(Vec<String>),
}

impl Text {
    /// The whole text.
    pub(crate) fn whole(self) -> String {
        match self {
            Self::Whole(text) => text,
            Self::Lines(lines) => lines.join("\n"),
        }
    }
}
