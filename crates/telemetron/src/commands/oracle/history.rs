//! `telemetron oracle history`, `timeline` and `diff`: what was, what came and went, what changed.

use clap::Args;
use serde_json::Value;
use telemetron_view::Page;
use telemetron_view::oracle::{
    Change, ChangeKind, DiffReport, HistoryEntry, IssueChange, TimelineItem,
};

use super::ask::{self, Range};
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Which remembered states.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Most of them
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Go on where another list ended: its `next`
    #[arg(long)]
    cursor: Option<String>,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            limit: 20,
            cursor: None,
        }
    }
}

/// Lists the states that are remembered.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let mut query = Query::default();
    query
        .add("limit", Some(choice.limit))
        .add("cursor", choice.cursor.as_ref());
    let raw = ask::raw(client, "history", &query).await?;
    if json {
        return output::json(&raw);
    }
    let page: Page<HistoryEntry> = serde_json::from_str(raw.get())?;
    if page.items.is_empty() {
        return Ok(output::line("nothing is remembered yet")?);
    }
    output::line(table(&page.items))?;
    if let Some(next) = page.next {
        output::line(format_args!("\nmore: --cursor {next}"))?;
    }
    Ok(())
}

fn table(entries: &[HistoryEntry]) -> Table {
    let mut table = Table::new(&[
        "TAKEN", "ID", ">AGENTS", ">PODS", ">TASKS", ">MODELS", ">ISSUES",
    ]);
    for entry in entries {
        let style = if entry.issues > 0 {
            paint::FAILED
        } else {
            paint::PLAIN
        };
        table.row(vec![
            Cell::plain(output::time_text(entry.taken_at)),
            Cell::painted(paint::LINK, &entry.id),
            Cell::plain(entry.agents),
            Cell::plain(entry.pods),
            Cell::plain(entry.tasks),
            Cell::plain(entry.models),
            Cell::painted(style, entry.issues),
        ]);
    }
    table
}

/// Which part of the life of issues.
#[derive(Debug, Args)]
pub(super) struct Part {
    #[command(flatten)]
    range: Range,
    /// Only this issue, by its id
    #[arg(long, value_name = "ID")]
    issue: Option<String>,
    /// Most of them; the latest where there are more
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

/// Tells when issues were opened, changed and resolved.
pub(super) async fn timeline(client: &Client, part: &Part, json: bool) -> anyhow::Result<()> {
    let mut query = Query::default();
    query
        .add("from", Some(part.range.from))
        .add("to", part.range.to)
        .add("issue", part.issue.as_ref())
        .add("limit", Some(part.limit));
    let raw = ask::raw(client, "timeline", &query).await?;
    if json {
        return output::json(&raw);
    }
    let items: Vec<TimelineItem> = serde_json::from_str(raw.get())?;
    if items.is_empty() {
        return Ok(output::line("nothing happened")?);
    }
    items.iter().try_for_each(turn)
}

/// A turn in the life of an issue, in a line.
fn turn(item: &TimelineItem) -> anyhow::Result<()> {
    let style = match item.change {
        IssueChange::Opened => paint::FAILED,
        IssueChange::Changed => paint::RUNNING,
        IssueChange::Resolved => paint::GOOD,
    };
    let at = output::time_text(item.at);
    let what = paint::painted(style, item.change);
    let summary = output::shortened(&item.issue.summary, 200);
    Ok(output::line(format_args!(
        "{at}  issue {what} {}: {summary}",
        item.issue.kind
    ))?)
}

/// A change in a line. What came or went whole is named, and not spelled out.
fn said(change: &Change) -> String {
    let is_whole = |value: &Option<Value>| value.as_ref().is_some_and(Value::is_object);
    match change.change {
        ChangeKind::Added if is_whole(&change.after) => format!("+ {}", change.path),
        ChangeKind::Removed if is_whole(&change.before) => format!("- {}", change.path),
        _ => change.to_string(),
    }
}

/// Tells what changed.
pub(super) async fn diff(client: &Client, range: &Range, json: bool) -> anyhow::Result<()> {
    let mut query = Query::default();
    query.add("from", Some(range.from)).add("to", range.to);
    let raw = ask::raw(client, "diff", &query).await?;
    if json {
        return output::json(&raw);
    }
    let report: DiffReport = serde_json::from_str(raw.get())?;
    let (from, to) = (output::time_text(report.from), output::time_text(report.to));
    output::line(paint::painted(
        paint::STRONG,
        format_args!("From {from} to {to}"),
    ))?;
    if report.changes.is_empty() && report.issues.is_empty() {
        return Ok(output::line("nothing changed")?);
    }
    report.issues.iter().try_for_each(turn)?;
    for change in &report.changes {
        let style = match change.change {
            ChangeKind::Added => paint::GOOD,
            ChangeKind::Removed => paint::FAILED,
            ChangeKind::Changed => paint::RUNNING,
        };
        output::line(paint::painted(style, output::shortened(&said(change), 240)))?;
    }
    if report.omitted > 0 {
        output::line(paint::painted(
            paint::QUIET,
            format_args!("… and {} more", report.omitted),
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_came_whole_is_named_and_what_changed_is_told() {
        let change = |change, before, after| Change {
            path: "agents/coder".to_owned(),
            change,
            before,
            after,
        };
        let whole = || Some(json!({"name": "coder"}));
        let added = change(ChangeKind::Added, None, whole());
        assert_eq!(said(&added), "+ agents/coder");
        let removed = change(ChangeKind::Removed, whole(), None);
        assert_eq!(said(&removed), "- agents/coder");
        let changed = change(ChangeKind::Changed, Some(json!(1)), Some(json!(2)));
        assert_eq!(said(&changed), "~ agents/coder 1 -> 2");
    }
}
