//! `telemetron metrics`: what agents, models and tools did, took and spent within a range of time.

use clap::Args;
use telemetron_api::instants::instant;
use telemetron_model::Timestamp;
use telemetron_view::{MetricsReport, NamedMetrics, TraceMetrics, WorkMetrics};

use crate::args::{ApiTarget, Save};
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, cost_text, count_text, duration_text, paint};
use crate::platform::Platform;

/// Options of `telemetron metrics`.
#[derive(Debug, Args)]
#[command(after_help = "\
Times are RFC 3339 or how long ago: 30m, 2h, 7d.

Examples:
  telemetron metrics                           the last 24 hours
  telemetron metrics --from 1h --project shop  one project, the last hour
  telemetron metrics --output metrics.json     all of it, with its course over time
  telemetron metrics --prometheus              the platform's own metrics")]
pub(crate) struct Options {
    /// From when on
    #[arg(long, value_name = "TIME", value_parser = instant, default_value = "24h")]
    from: Timestamp,

    /// Until when; now when absent
    #[arg(long, value_name = "TIME", value_parser = instant)]
    to: Option<Timestamp>,

    /// Only this project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// What the API's process tells Prometheus, instead
    #[arg(long, conflicts_with_all = ["from", "to", "project"])]
    prometheus: bool,

    #[command(flatten)]
    save: Save,

    #[command(flatten)]
    api: ApiTarget,
}

/// Asks, and shows the answer.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let client = options.api.client(platform)?;
    let save = &options.save;
    if options.prometheus {
        let text = client.text(&["metrics"], &Query::default()).await?;
        return save.text(text.trim_end());
    }
    let answer = ask(&client, &options).await?;
    if options.api.json || save.is_asked() {
        return save.json(&answer);
    }
    show(&serde_json::from_str(answer.get())?)
}

async fn ask(
    client: &Client,
    options: &Options,
) -> anyhow::Result<Box<serde_json::value::RawValue>> {
    let mut query = Query::default();
    query
        .add("from", Some(options.from))
        .add("to", options.to)
        .add("project", options.project.as_ref());
    client.get(&["api", "v1", "metrics"], &query).await
}

fn show(report: &MetricsReport) -> anyhow::Result<()> {
    output::line(summary(report))?;
    for (title, all) in [
        ("Agents", &report.agents),
        ("Models", &report.models),
        ("Tools", &report.tools),
    ] {
        let count = all.len();
        let title = paint::painted(paint::STRONG, format_args!("\n{title} ({count})"));
        output::line(title)?;
        if count > 0 {
            output::line(table(all))?;
        }
    }
    Ok(())
}

/// What came of all traces, in a line.
fn summary(report: &MetricsReport) -> String {
    let TraceMetrics {
        total,
        running,
        failed,
        durations,
        ..
    } = report.traces;
    let took = duration_text_of(durations.p95_ms);
    format!(
        "{} traces, {} running, {} failed, p95 {took}; {} tokens, {}",
        count_text(total),
        count_text(running),
        count_text(failed),
        count_text(report.tokens.total),
        cost_text(report.cost_usd)
    )
}

fn table(all: &[NamedMetrics]) -> Table {
    let heads = [
        "~NAME", ">CALLS", ">FAILED", ">P50", ">P95", ">TOKENS", ">COST",
    ];
    let mut table = Table::new(&heads);
    for NamedMetrics { name, work } in all {
        let WorkMetrics {
            total,
            failed,
            tokens,
            cost_usd,
            durations,
            ..
        } = work;
        let style = if *failed > 0 {
            paint::FAILED
        } else {
            paint::PLAIN
        };
        table.row(vec![
            Cell::painted(paint::STRONG, name),
            Cell::plain(count_text(*total)),
            Cell::painted(style, count_text(*failed)),
            Cell::plain(duration_text_of(durations.p50_ms)),
            Cell::plain(duration_text_of(durations.p95_ms)),
            Cell::plain(count_text(tokens.total)),
            Cell::plain(cost_text(*cost_usd)),
        ]);
    }
    table
}

fn duration_text_of(millis: Option<f64>) -> String {
    millis.map_or_else(|| "-".to_owned(), duration_text)
}
