//! `telemetron traces timeline`.

use clap::Args;
use telemetron_model::record::{Severity, Status};
use telemetron_view::{Follow, Page, TimelineEntry, TimelineKind, millis_between};

use super::list::tell_lag;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Which trace, and how much of it.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Its id, the beginning of it, `last` or `last-failed`
    trace_id: String,
    /// Read its whole run: `links`, all traces that links of spans join; `session`, all of its session
    #[arg(long, value_name = "BY", value_parser = |text: &str| text.parse::<Follow>())]
    follow: Option<Follow>,
    /// Most lines
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// Go on where another list ended: its `next`
    #[arg(long)]
    cursor: Option<String>,
}

/// Lists everything of a trace in order of time.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let mut query = Query::default();
    query
        .add("limit", Some(choice.limit))
        .add("follow", choice.follow)
        .add("cursor", choice.cursor.as_ref());
    let path = ["api", "v1", "traces", &choice.trace_id, "timeline"];
    let answer = client.get(&path, &query).await?;
    if json {
        return output::json(&answer);
    }
    let page: Page<TimelineEntry> = serde_json::from_str(answer.get())?;
    output::line(table(&page.items))?;
    if let Some(next) = page.next {
        let text = format!("more: --cursor {next}");
        output::line(format_args!("\n{}", paint::painted(paint::QUIET, text)))?;
    }
    tell_lag(page.freshness.lag)
}

fn table(entries: &[TimelineEntry]) -> Table {
    let mut table = Table::new(&["TIME", ">AFTER", "WHAT", "AGENT", "~NAME", ">TOOK"]);
    let mut before = None;
    for entry in entries {
        let after =
            before.map(|before| output::duration_text(millis_between(before, entry.time.0)));
        before = Some(entry.time.0);
        table.row(row(entry, after.unwrap_or_default()));
    }
    table
}

fn row(entry: &TimelineEntry, after: String) -> Vec<Cell> {
    let agent = entry.agent.as_deref().unwrap_or_default();
    let agent = match &entry.target_agent {
        Some(target) => format!("{agent} → {target}"),
        None => agent.to_owned(),
    };
    let texts = [&entry.name, &entry.message];
    let told: Vec<&str> = texts
        .into_iter()
        .filter_map(|text| text.as_deref())
        .collect();
    vec![
        Cell::painted(paint::QUIET, output::time_text(entry.time)),
        Cell::painted(paint::QUIET, after),
        Cell::painted(style(entry), entry.kind),
        Cell::plain(agent),
        Cell::painted(style(entry), told.join(": ")),
        Cell::plain(
            entry
                .duration_ms
                .map(output::duration_text)
                .unwrap_or_default(),
        ),
    ]
}

fn style(entry: &TimelineEntry) -> anstyle::Style {
    let is_bad = entry.severity >= Some(Severity::Error) || entry.status == Some(Status::Failed);
    match entry.kind {
        _ if is_bad => paint::FAILED,
        TimelineKind::Error => paint::FAILED,
        TimelineKind::Handoff => paint::LINK,
        TimelineKind::SpanStart => paint::QUIET,
        TimelineKind::SpanEnd | TimelineKind::Event => paint::PLAIN,
    }
}
