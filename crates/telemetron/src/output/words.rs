//! Figures and times as people read them.

use telemetron_model::{NanoUsd, Rfc3339};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// A duration in milliseconds: `0.8 ms`, `420 ms`, `1.24 s`, `3 min 05 s`, `2 h 10 min`.
pub(crate) fn duration_text(millis: f64) -> String {
    if millis < 10.0 {
        return format!("{millis:.1} ms");
    }
    if millis < 1_000.0 {
        return format!("{millis:.0} ms");
    }
    if millis < 60_000.0 {
        return format!("{:.2} s", millis / 1_000.0);
    }
    let seconds = (millis / 1_000.0).round();
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
    if minutes < 60.0 {
        return format!("{minutes} min {rest:02.0} s");
    }
    format!("{} h {:02.0} min", (minutes / 60.0).floor(), minutes % 60.0)
}

/// A count: `950`, `12.4k`, `3.1M`.
pub(crate) fn count_text(count: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let rough = count as f64;
    match count {
        ..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{:.1}k", rough / 1e3),
        _ => format!("{:.1}M", rough / 1e6),
    }
}

/// An amount of money: `$0.0042`, `$1.25`; nothing when there was no cost.
pub(crate) fn cost_text(cost: NanoUsd) -> String {
    match cost.nanos() {
        0 => String::new(),
        ..10_000_000 => format!("${:.4}", cost.usd()),
        _ => format!("${:.2}", cost.usd()),
    }
}

/// A size: `640 B`, `12.5 KiB`, `3.1 MiB`.
pub(crate) fn bytes_text(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let rough = bytes as f64;
    match bytes {
        ..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", rough / 1024.0),
        _ => format!("{:.1} MiB", rough / 1_048_576.0),
    }
}

/// An instant to the second, in UTC: `2026-01-31 12:00:00`.
pub(crate) fn time_text(time: Rfc3339) -> String {
    let instant = chrono::DateTime::<chrono::Utc>::from(time.0);
    instant.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A text on one line and at most so many columns wide; what was cut shows as `…`.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    let flat: String = text.chars().map(visible).collect();
    if flat.width() <= width {
        return flat;
    }
    let mut kept = String::new();
    let mut used = 0;
    for letter in flat.chars() {
        used += letter.width().unwrap_or_default();
        if used + 1 > width {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

/// Control characters of foreign data must not reach the terminal.
fn visible(letter: char) -> char {
    match letter {
        '\n' | '\t' | '\r' => ' ',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_reads_best() {
        let cases = [
            (0.84, "0.8 ms"),
            (420.4, "420 ms"),
            (1_239.0, "1.24 s"),
            (185_000.0, "3 min 05 s"),
            (7_800_000.0, "2 h 10 min"),
        ];
        for (millis, text) in cases {
            assert_eq!(duration_text(millis), text);
        }
    }

    #[test]
    fn counts_and_sizes_are_rounded_when_large() {
        assert_eq!(count_text(9_999), "9999");
        assert_eq!(count_text(12_400), "12.4k");
        assert_eq!(count_text(3_140_000), "3.1M");
        assert_eq!(cost_text(NanoUsd::from_nanos(4_200_000)), "$0.0042");
        assert_eq!(cost_text(NanoUsd::from_nanos(1_250_000_000)), "$1.25");
        assert_eq!(bytes_text(640), "640 B");
        assert_eq!(bytes_text(12_800), "12.5 KiB");
    }

    #[test]
    fn a_long_text_is_cut_by_columns_and_stays_on_one_line() {
        assert_eq!(shortened("one\ntwo", 20), "one two");
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("日本語です", 5), "日本…");
        assert_eq!(shortened("a\u{1b}[31m", 9), "a\u{fffd}[31m");
    }
}
