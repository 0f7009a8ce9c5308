//! Figures and texts as a model reads them best: short, exact enough, on one line.

use telemetron_model::Rfc3339;
use telemetron_model::record::TokenUsage;

pub(super) use telemetron_view::figures::{cost, count, duration};

/// A duration that may not be known.
pub(super) fn took(millis: Option<f64>) -> String {
    millis.map_or_else(|| "-".to_owned(), duration)
}

/// Tokens in and out; nothing when none were spent.
pub(super) fn spent(usage: &TokenUsage) -> String {
    match usage.total {
        0 => String::new(),
        total => format!(
            "{} tokens ({} in, {} out)",
            count(total),
            count(usage.input),
            count(usage.output)
        ),
    }
}

/// A share of one: `93%`.
pub(super) fn share(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// An instant to the second.
pub(super) fn instant(time: Rfc3339) -> String {
    let text = time.0.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// What is there of these, with ` · ` between.
pub(super) fn joined<I: IntoIterator<Item = String>>(parts: I) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" · ")
}

/// `label=value`, or nothing when there is no value.
pub(super) fn labelled(label: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| format!("{label}={}", line(value, 80)))
}

/// A number of things: `1 span`, `3 spans`; nothing when there are none.
pub(super) fn things(count: i64, thing: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!("1 {thing}"),
        _ => format!("{} {thing}s", self::count(count)),
    }
}

/// A text on one line, at most so many letters; what was cut shows as `… (+N chars)`.
pub(super) fn line(text: &str, most: usize) -> String {
    let mut flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(most) {
        None => flat,
        Some((end, _)) => {
            let left = flat.get(end..).unwrap_or_default().chars().count();
            flat.truncate(end);
            format!("{flat}… (+{left} chars)")
        }
    }
}

/// Most names that one line holds.
const MOST_NAMES: usize = 8;

/// Names one after another, and how many more there are.
pub(super) fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let left = names.len().saturating_sub(MOST_NAMES);
    let mut text = names.take(MOST_NAMES).collect::<Vec<_>>().join(", ");
    if left > 0 {
        text.push_str(&format!(" and {left} more"));
    }
    text
}

/// Lines of a name and what is said of it; those of whom the same is said share one.
pub(super) fn grouped<N: AsRef<str>>(
    begins: &str,
    items: impl IntoIterator<Item = (N, String)>,
) -> Vec<String> {
    let mut groups: Vec<(String, Vec<N>)> = Vec::new();
    for (name, facts) in items {
        match groups.iter_mut().find(|(known, _)| *known == facts) {
            Some((_, names)) => names.push(name),
            None => groups.push((facts, vec![name])),
        }
    }
    let line = |(facts, all): &(String, Vec<N>)| {
        let alike = match all.len() {
            1 => String::new(),
            count => format!(" ({count} alike)"),
        };
        let names = names(all.iter().map(AsRef::as_ref));
        format!("{begins}{names}{alike}: {facts}")
    };
    groups.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_says_how_much_was_cut() {
        assert_eq!(line("one\n  two ", 20), "one two");
        assert_eq!(line("abcdefgh", 5), "abcde… (+3 chars)");
        assert_eq!(things(1, "span"), "1 span");
        assert_eq!(things(12_345, "span"), "12.3k spans");
    }

    #[test]
    fn those_of_whom_the_same_is_said_share_a_line() {
        let items = (0..12).map(|n| (format!("coder-{n}"), "idle".to_owned()));
        let items = [("planner".to_owned(), "3 tasks".to_owned())]
            .into_iter()
            .chain(items);
        let lines = grouped("- ", items);
        assert_eq!(
            lines.first().map(String::as_str),
            Some("- planner: 3 tasks")
        );
        assert_eq!(
            lines.get(1).map(String::as_str),
            Some(
                "- coder-0, coder-1, coder-2, coder-3, coder-4, coder-5, coder-6, coder-7 and 4 more \
                 (12 alike): idle"
            )
        );
        assert_eq!(lines.len(), 2);
    }
}
