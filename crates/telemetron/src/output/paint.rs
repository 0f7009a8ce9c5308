//! The colours, by what they mean.

use anstyle::{AnsiColor, Color, Style};
use telemetron_model::record::{SpanKind, Status};

/// Something went well.
pub(crate) const GOOD: Style = colour(AnsiColor::Green);
/// Something is under way, or wants a look.
pub(crate) const RUNNING: Style = colour(AnsiColor::Yellow);
/// Something failed.
pub(crate) const FAILED: Style = colour(AnsiColor::Red).bold();
/// What the eye may skip.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// What the eye should find first.
pub(crate) const STRONG: Style = Style::new().bold();
/// Addresses and ids.
pub(crate) const LINK: Style = colour(AnsiColor::Cyan);
/// Nothing special.
pub(crate) const PLAIN: Style = Style::new();

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// The colour of a status.
pub(crate) const fn status(status: Status) -> Style {
    match status {
        Status::Running => RUNNING,
        Status::Completed => GOOD,
        Status::Failed => FAILED,
    }
}

/// The colour of a span's name: only what is wrong or unfinished stands out.
pub(crate) const fn of_span(status: Status) -> Style {
    match status {
        Status::Completed => PLAIN,
        Status::Running => RUNNING,
        Status::Failed => FAILED,
    }
}

/// The colour of a kind of span.
pub(crate) const fn kind(kind: SpanKind) -> Style {
    match kind {
        SpanKind::Agent => colour(AnsiColor::Blue),
        SpanKind::Llm => colour(AnsiColor::Magenta),
        SpanKind::Tool => colour(AnsiColor::Yellow),
        SpanKind::Retriever => colour(AnsiColor::Cyan),
        SpanKind::Chain => PLAIN,
    }
}

/// A text in a colour.
pub(crate) fn painted(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
