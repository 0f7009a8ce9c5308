//! Figures and texts as a model reads them best: short, exact enough, on one line.

use telemetron_model::record::TokenUsage;
use telemetron_model::{NanoUsd, Rfc3339};

/// A duration in milliseconds: `0.8ms`, `420ms`, `1.24s`, `3m05s`, `2h10m`.
pub(super) fn duration(millis: f64) -> String {
    if millis < 10.0 {
        return format!("{millis:.1}ms");
    }
    if millis < 1_000.0 {
        return format!("{millis:.0}ms");
    }
    if millis < 60_000.0 {
        return format!("{:.2}s", millis / 1_000.0);
    }
    let seconds = (millis / 1_000.0).round();
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
    if minutes < 60.0 {
        return format!("{minutes}m{rest:02.0}s");
    }
    format!("{}h{:02.0}m", (minutes / 60.0).floor(), minutes % 60.0)
}

/// A duration that may not be known.
pub(super) fn took(millis: Option<f64>) -> String {
    millis.map_or_else(|| "-".to_owned(), duration)
}

/// A count: `950`, `12.4k`, `3.1M`.
pub(super) fn count(count: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let rough = count as f64;
    match count {
        ..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{:.1}k", rough / 1e3),
        _ => format!("{:.1}M", rough / 1e6),
    }
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

/// An amount of money; nothing when there was no cost.
pub(super) fn cost(cost: NanoUsd) -> String {
    match cost.nanos() {
        0 => String::new(),
        ..10_000_000 => format!("${:.4}", cost.usd()),
        _ => format!("${:.2}", cost.usd()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_reads_best() {
        let cases = [
            (0.84, "0.8ms"),
            (420.4, "420ms"),
            (1_239.0, "1.24s"),
            (185_000.0, "3m05s"),
            (7_800_000.0, "2h10m"),
        ];
        for (millis, text) in cases {
            assert_eq!(duration(millis), text);
        }
    }

    #[test]
    fn a_long_text_says_how_much_was_cut() {
        assert_eq!(line("one\n  two ", 20), "one two");
        assert_eq!(line("abcdefgh", 5), "abcde… (+3 chars)");
        assert_eq!(things(1, "span"), "1 span");
        assert_eq!(things(12_345, "span"), "12.3k spans");
    }
}
