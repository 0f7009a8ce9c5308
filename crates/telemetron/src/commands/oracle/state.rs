//! `telemetron oracle state`: everything in one answer, in the form that is wanted.

use anstyle::Style;
use clap::{Args, ValueEnum};
use telemetron_view::oracle::{IssueReport, SystemState, SystemStatus};

use super::ask::{self, At};
use super::{issues, tables};
use crate::args::Save;
use crate::client::Client;
use crate::output::{self, paint};

/// In which form, and of when.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Choice {
    #[command(flatten)]
    at: At,

    /// Tables for people, JSON, every line of it as text for a language model, or that in brief
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    format: Form,

    #[command(flatten)]
    save: Save,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    #[default]
    Table,
    Json,
    Log,
    Summary,
}

/// Tells the whole state.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    match choice.format {
        Form::Log => text(client, choice, "log").await,
        Form::Summary => text(client, choice, "summary").await,
        Form::Table if !json && !choice.save.is_asked() => in_tables(client, &choice.at).await,
        Form::Table | Form::Json => {
            let state = ask::raw(client, "state", &choice.at.query()).await?;
            choice.save.json(&state)
        }
    }
}

/// The text as the API writes it.
async fn text(client: &Client, choice: &Choice, form: &str) -> anyhow::Result<()> {
    let mut query = choice.at.query();
    query.add("format", Some(form));
    let path = ["api", "v1", "oracle", "state"];
    let text = client.text(&path, &query).await?;
    choice.save.text(text.trim_end())
}

/// Status, silent sources, issues, and every section.
async fn in_tables(client: &Client, at: &At) -> anyhow::Result<()> {
    let query = at.query();
    let (state, report): (SystemState, IssueReport) = tokio::try_join!(
        ask::read(client, "state", &query),
        ask::read(client, "issues", &query)
    )?;
    heading(&state, &report)?;
    tables::silent(state.sources.as_deref().unwrap_or_default())?;
    titled("Issues", report.issues.len(), || {
        issues::show(&report.issues)
    })?;
    titled("Agents", state.agents.len(), || {
        tables::show(&tables::agent_table(&state.agents))
    })?;
    titled("Workload", state.workload.len(), || {
        tables::show(&tables::workload_table(&state.workload))
    })?;
    titled("Queues", state.queues.len(), || {
        tables::show(&tables::queue_table(&state.queues))
    })?;
    titled("Models", state.litellm.len(), || {
        tables::show(&tables::model_table(&state.litellm))
    })
}

fn heading(state: &SystemState, report: &IssueReport) -> anyhow::Result<()> {
    let status = state.status.unwrap_or(report.status);
    let at = output::time_text(state.generated_at.unwrap_or(report.generated_at));
    let word = paint::painted(colour(status), status);
    Ok(output::line(format_args!("System {word} at {at}"))?)
}

fn titled(
    title: &str,
    count: usize,
    tell: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    output::line(paint::painted(
        paint::STRONG,
        format_args!("\n{title} ({count})"),
    ))?;
    if count == 0 { Ok(()) } else { tell() }
}

/// The colour of the system's status.
const fn colour(status: SystemStatus) -> Style {
    match status {
        SystemStatus::Healthy => paint::GOOD,
        SystemStatus::Degraded => paint::RUNNING,
        SystemStatus::Critical => paint::FAILED,
    }
}
