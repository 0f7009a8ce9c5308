//! What a request became.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use telemetron_model::record::Record;

/// The records of a request, and what it had that cannot be one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapped {
    /// What goes to Kafka, in the order of the request.
    pub records: Vec<Record>,
    /// What cannot go, one item each.
    pub rejected: Vec<Rejected>,
}

/// A span, log record or data point that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Which one: its name, and its place in the request.
    pub item: String,
    /// Why, and what to change.
    pub reason: String,
}

/// How many different reasons one message names.
const MAX_REASONS: usize = 8;

impl Mapped {
    /// The sentence for partial success: each reason once, how often, and an example. `None` when
    /// nothing was rejected.
    pub fn rejection_message(&self) -> Option<String> {
        let mut reasons: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
        for Rejected { item, reason } in &self.rejected {
            reasons.entry(reason).or_insert((0, item)).0 += 1;
        }
        if reasons.is_empty() {
            return None;
        }
        let mut message = String::new();
        for (reason, (count, item)) in reasons.iter().take(MAX_REASONS) {
            let separator = if message.is_empty() { "" } else { "; " };
            // Writing to a text cannot fail.
            let _ = write!(message, "{separator}{count} × {reason} (first: {item})");
        }
        if reasons.len() > MAX_REASONS {
            let _ = write!(message, "; {} other reasons", reasons.len() - MAX_REASONS);
        }
        Some(message)
    }

    pub(crate) fn reject(&mut self, item: String, reason: impl Into<String>) {
        let reason = reason.into();
        self.rejected.push(Rejected { item, reason });
    }
}
