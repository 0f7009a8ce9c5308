//! Texts as the sentences of findings carry them.

use telemetron_model::Timestamp;
use telemetron_view::seconds_of;

pub(crate) use telemetron_view::figures::counted;

/// How long something is ago, for people: `42 s`, `3 min`, `2.5 h`.
pub(crate) fn ago(since: Timestamp, now: Timestamp) -> String {
    let seconds = seconds_of(now.since(since));
    match seconds {
        ..120.0 => format!("{seconds:.0} s"),
        120.0..7200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// The head of a text, on one line, without its full stop.
pub(crate) fn cut(text: &str) -> String {
    const MOST: usize = 160;
    let text = text.trim_end().trim_end_matches('.');
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The first names of a list, and how many more there are.
pub(crate) fn listed(names: &[String]) -> String {
    const MOST: usize = 3;
    let head = names.iter().take(MOST).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(MOST) {
        0 => head.join(", "),
        more => format!("{} and {more} more", head.join(", ")),
    }
}
