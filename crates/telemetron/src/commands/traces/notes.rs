//! What happened in a trace besides its spans: handoffs, errors, events.

use telemetron_model::record::Severity;
use telemetron_view::{ErrorView, EventView, HandoffView, TraceAnswer};

use super::waterfall::Scale;
use crate::output::{self, Cell, Table, paint};

/// Events that are shown; the API has all.
const EVENTS_SHOWN: usize = 20;

/// Columns of a message.
const MESSAGE_WIDTH: usize = 300;

/// Says why something failed.
pub(super) fn failure(error_type: &str, message: &str) -> anyhow::Result<()> {
    let text = output::shortened(&format!("{error_type}: {message}"), MESSAGE_WIDTH);
    Ok(output::line(paint::painted(
        paint::FAILED,
        format_args!("  ✗ {text}"),
    ))?)
}

/// Tells handoffs, errors and events.
pub(super) fn tell(answer: &TraceAnswer, scale: Scale) -> anyhow::Result<()> {
    let counts = answer.trace.summary.counts;
    section(
        "Handoffs",
        &["AT", "FROM", "TO", "~REASON"],
        &answer.handoffs,
        |handoff| handoff_row(handoff, scale),
    )?;
    more(counts.handoffs, answer.handoffs.len(), "handoffs")?;
    section(
        "Errors",
        &["AT", "AGENT", "TYPE", "CATEGORY", "~MESSAGE"],
        &answer.errors,
        |error| error_row(error, scale),
    )?;
    more(counts.errors, answer.errors.len(), "errors")?;
    let shown = answer.events.get(..EVENTS_SHOWN).unwrap_or(&answer.events);
    section(
        "Events",
        &["AT", "AGENT", "TYPE", "EVENT", "~MESSAGE"],
        shown,
        |event| event_row(event, scale),
    )?;
    more(counts.events, shown.len(), "events")
}

/// Says how many are not shown; `telemetron traces timeline` shows them all.
fn more(all: i64, shown: usize, what: &str) -> anyhow::Result<()> {
    let more = all - i64::try_from(shown).unwrap_or(i64::MAX);
    if more > 0 {
        let words = format_args!("… and {more} more {what}");
        output::line(paint::painted(paint::QUIET, words))?;
    }
    Ok(())
}

fn section<T>(
    title: &str,
    heads: &[&'static str],
    items: &[T],
    row: impl Fn(&T) -> Vec<Cell>,
) -> anyhow::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(heads);
    for item in items {
        table.row(row(item));
    }
    Ok(output::line(format_args!(
        "\n{}\n{table}",
        paint::painted(paint::STRONG, title)
    ))?)
}

fn at(scale: Scale, time: telemetron_model::Rfc3339) -> Cell {
    let after = scale.offset_ms(time).map(output::duration_text);
    Cell::painted(paint::QUIET, after.unwrap_or_default())
}

fn handoff_row(handoff: &HandoffView, scale: Scale) -> Vec<Cell> {
    vec![
        at(scale, handoff.timestamp),
        Cell::plain(&handoff.source_agent_name),
        Cell::plain(format_args!("→ {}", handoff.target_agent_name)),
        Cell::plain(handoff.reason.as_deref().unwrap_or_default()),
    ]
}

fn error_row(error: &ErrorView, scale: Scale) -> Vec<Cell> {
    vec![
        at(scale, error.timestamp),
        Cell::plain(error.agent_name.as_deref().unwrap_or_default()),
        Cell::painted(paint::FAILED, &error.error_type),
        Cell::plain(error.category),
        Cell::plain(output::shortened(&error.message, MESSAGE_WIDTH)),
    ]
}

fn event_row(event: &EventView, scale: Scale) -> Vec<Cell> {
    let style = match event.severity {
        Severity::Error | Severity::Critical => paint::FAILED,
        Severity::Warning => paint::RUNNING,
        Severity::Debug | Severity::Info => paint::PLAIN,
    };
    let message = event.message.as_deref().unwrap_or_default();
    vec![
        at(scale, event.timestamp),
        Cell::plain(event.agent_name.as_deref().unwrap_or_default()),
        Cell::plain(&event.event_type),
        Cell::painted(style, &event.event_name),
        Cell::plain(output::shortened(message, MESSAGE_WIDTH)),
    ]
}
