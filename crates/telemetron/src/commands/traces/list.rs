//! `telemetron traces list`.

use std::time::Duration;

use clap::Args;
use telemetron_api::instants::instant;
use telemetron_model::record::Status;
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_runtime::config::duration;
use telemetron_view::{Follow, Lag, Page, TraceSummary};

use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// What traces have to be like.
#[derive(Debug, Args)]
pub(crate) struct Criteria {
    /// RUNNING, COMPLETED or FAILED
    #[arg(long, value_parser = |text: &str| text.parse::<Status>())]
    status: Option<Status>,
    /// At which this agent was at work
    #[arg(long)]
    agent: Option<String>,
    /// In which this model was called
    #[arg(long)]
    model: Option<String>,
    /// In which this tool was called
    #[arg(long)]
    tool: Option<String>,
    /// Of this conversation
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Of this user
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Of this project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// That began since then: 30m or 7d ago, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<Timestamp>,
    /// That began before then
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
    /// That took at least this long, such as 500ms or 10s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    min_duration: Option<Duration>,
    /// That spent at least so many tokens
    #[arg(long, value_name = "N")]
    min_tokens: Option<u64>,
    /// That cost at least so many dollars
    #[arg(long, value_name = "USD")]
    min_cost: Option<f64>,
    /// In which something failed
    #[arg(long)]
    errors_only: bool,
    /// That run, and of which nothing was heard for a while
    #[arg(long)]
    stuck_only: bool,
    /// In which these words occur
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

/// Which traces, and which part of the list.
#[derive(Debug, Args)]
pub(super) struct Filter {
    #[command(flatten)]
    criteria: Criteria,
    /// Most of them
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// A line a run: of the traces that links of spans join, the earliest with the sums of all
    #[arg(long)]
    runs: bool,
    /// Go on where another list ended: its `next`
    #[arg(long)]
    cursor: Option<String>,
}

impl Criteria {
    /// The parameters of the list.
    pub(crate) fn query(&self) -> Query {
        let mut query = Query::default();
        query
            .add("status", self.status)
            .add("agent", self.agent.as_ref())
            .add("model", self.model.as_ref())
            .add("tool", self.tool.as_ref())
            .add("session_id", self.session.as_ref())
            .add("user_id", self.user.as_ref())
            .add("project", self.project.as_ref())
            .add("start_after", self.since)
            .add("start_before", self.until)
            .add(
                "min_duration_ms",
                self.min_duration.map(|time| time.as_millis()),
            )
            .add("min_tokens", self.min_tokens)
            .add("min_cost_usd", self.min_cost)
            .flag("errors_only", self.errors_only)
            .flag("stuck_only", self.stuck_only)
            .add("q", self.search.as_ref());
        query
    }
}

/// Lists traces.
pub(super) async fn run(client: &Client, filter: &Filter, json: bool) -> anyhow::Result<()> {
    let mut query = filter.criteria.query();
    query
        .add("limit", Some(filter.limit))
        .add("follow", filter.runs.then_some(Follow::Links))
        .add("cursor", filter.cursor.as_ref());
    let answer = client.get(&["api", "v1", "traces"], &query).await?;
    if json {
        return output::json(&answer);
    }
    let page: Page<TraceSummary> = serde_json::from_str(answer.get())?;
    if page.items.is_empty() {
        output::line("no traces match")?;
    } else {
        output::line(table(&page.items, filter.runs))?;
    }
    if let Some(next) = page.next {
        output::line(format_args!(
            "\n{}",
            paint::painted(paint::QUIET, format_args!("more: --cursor {next}"))
        ))?;
    }
    tell_lag(page.freshness.lag)
}

/// Says that the list is not up to date, when it is not.
pub(super) fn tell_lag(lag: Option<Lag>) -> anyhow::Result<()> {
    let Some(lag) = lag.filter(|lag| lag.records > 0) else {
        return Ok(());
    };
    let text = format!(
        "{} records wait to be stored, the oldest for {}",
        output::count_text(lag.records),
        output::duration_text(lag.seconds * 1e3)
    );
    Ok(output::line(format_args!(
        "\n{}",
        paint::painted(paint::RUNNING, text)
    ))?)
}

fn table(traces: &[TraceSummary], runs: bool) -> Table {
    let heads = [
        "STARTED", "TRACE", "STATUS", "~NAME", "~AGENTS", ">SPANS", ">ERRORS", ">TOKENS", ">COST",
        ">TOOK",
    ];
    let heads: Vec<_> = heads.into_iter().chain(runs.then_some(">TRACES")).collect();
    let mut table = Table::new(&heads);
    for trace in traces {
        let count = trace.run.as_ref().map_or(1, |run| run.traces);
        let traces = runs.then(|| Cell::plain(output::count_text(count)));
        table.row(row(trace).into_iter().chain(traces).collect());
    }
    table
}

/// A line: of a run, what all of its traces come to.
fn row(trace: &TraceSummary) -> Vec<Cell> {
    let counts = &trace.counts;
    let run = trace.run.as_ref();
    let spans = run.map_or(counts.spans, |run| run.spans);
    let failures = run.map_or(counts.failed_spans, |run| run.failed_spans);
    let failures = failures.max(counts.errors);
    let tokens = run.map_or(trace.tokens, |run| run.tokens);
    let cost = run.map_or(trace.cost_usd, |run| run.cost_usd);
    let errors = if failures > 0 {
        Cell::painted(paint::FAILED, failures)
    } else {
        Cell::plain("")
    };
    vec![
        Cell::painted(paint::QUIET, output::time_text(trace.start_time)),
        Cell::painted(paint::LINK, trace.trace_id),
        status(trace),
        Cell::plain(trace.name.as_deref().unwrap_or("-")),
        Cell::plain(trace.agents.join(", ")),
        Cell::plain(output::count_text(spans)),
        errors,
        Cell::plain(output::count_text(tokens.total)),
        Cell::plain(output::cost_text(cost)),
        Cell::plain(took(trace.duration_ms, trace.end_time)),
    ]
}

fn status(trace: &TraceSummary) -> Cell {
    if trace.stuck {
        Cell::painted(paint::FAILED, "STUCK")
    } else {
        Cell::painted(paint::status(trace.status), trace.status)
    }
}

/// How long something took: nothing is said of what has no clock, `…` of what still runs.
pub(super) fn took(duration_ms: Option<f64>, end: Option<Rfc3339>) -> String {
    match (duration_ms, end) {
        (Some(millis), _) => output::duration_text(millis),
        (None, Some(_)) => String::new(),
        (None, None) => "…".to_owned(),
    }
}
