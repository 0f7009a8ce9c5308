//! What a request became.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use telemetron_model::record::Record;

/// Where what a request becomes goes, one after the other: nobody has to keep all of it.
pub trait Sink {
    /// Takes a record.
    fn record(&mut self, record: Record);

    /// Takes word of an item that cannot be stored: its name, and why.
    fn reject(&mut self, item: String, reason: String);

    /// Whether nothing more is taken.
    fn is_full(&self) -> bool {
        false
    }
}

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

impl Mapped {
    /// The sentence for partial success, see [`Rejections::message`].
    pub fn rejection_message(&self) -> Option<String> {
        let mut rejections = Rejections::default();
        for Rejected { item, reason } in &self.rejected {
            rejections.add(item.clone(), reason.clone());
        }
        rejections.message()
    }
}

impl Sink for Mapped {
    fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    fn reject(&mut self, item: String, reason: String) {
        self.rejected.push(Rejected { item, reason });
    }
}

/// How many different reasons one message names.
const MAX_REASONS: usize = 8;

/// What was rejected: how often for which reason, and one example of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejections {
    count: usize,
    reasons: BTreeMap<String, (usize, String)>,
    /// Those whose reason is not named any more.
    others: usize,
}

impl Rejections {
    /// Counts an item.
    pub fn add(&mut self, item: String, reason: String) {
        self.count += 1;
        if let Some((count, _)) = self.reasons.get_mut(&reason) {
            *count += 1;
        } else if self.reasons.len() < MAX_REASONS {
            self.reasons.insert(reason, (1, item));
        } else {
            self.others += 1;
        }
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The sentence for partial success: each reason once, how often, and an example. `None` when
    /// nothing was rejected.
    pub fn message(&self) -> Option<String> {
        if self.count == 0 {
            return None;
        }
        let mut message = String::new();
        for (reason, (count, item)) in &self.reasons {
            let separator = if message.is_empty() { "" } else { "; " };
            // Writing to a text cannot fail.
            let _ = write!(message, "{separator}{count} × {reason} (first: {item})");
        }
        if self.others > 0 {
            let _ = write!(message, "; {} for other reasons", self.others);
        }
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_rejections_are_counted_and_one_example_of_each_reason_is_kept() {
        let mut rejections = Rejections::default();
        assert_eq!(rejections.message(), None);
        for number in 0..1_000 {
            let reason = if number % 2 == 0 { "no id" } else { "no time" };
            rejections.add(format!("span {number}"), reason.to_owned());
        }
        for number in 0..20 {
            rejections.add("log".to_owned(), format!("reason {number:02}"));
        }
        assert_eq!((rejections.count(), rejections.reasons.len()), (1_020, 8));
        let message = rejections.message().unwrap();
        assert!(
            message.starts_with("500 × no id (first: span 0); 500 × no time (first: span 1)"),
            "{message}"
        );
        assert!(message.ends_with("; 14 for other reasons"), "{message}");
    }
}
