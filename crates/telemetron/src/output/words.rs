//! Figures and times as people read them.

use telemetron_model::Rfc3339;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

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
    fn sizes_are_rounded_when_large() {
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
