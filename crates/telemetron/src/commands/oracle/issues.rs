//! `telemetron oracle issues`.

use anstyle::Style;
use clap::Args;
use telemetron_model::record::Severity;
use telemetron_view::oracle::{Issue, IssueReport};

use super::ask::{self, At};
use super::{next, tables};
use crate::client::Client;
use crate::output::{self, paint};

/// Which issues.
#[derive(Debug, Default, Args)]
pub(super) struct Choice {
    /// Only what is at least so bad: info, warning, error or critical
    #[arg(long, value_name = "WORD", value_parser = |text: &str| text.parse::<Severity>())]
    min_severity: Option<Severity>,

    #[command(flatten)]
    at: At,
}

/// Lists the issues, the worst first.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let mut query = choice.at.query();
    query.add("severity", choice.min_severity);
    let raw = ask::raw(client, "issues", &query).await?;
    if json {
        return output::json(&raw);
    }
    let report: IssueReport = serde_json::from_str(raw.get())?;
    if report.issues.is_empty() {
        let text = match choice.min_severity {
            None => format!("no issues: the system is {}", report.status),
            Some(least) => format!("no issue is {least} or worse"),
        };
        output::line(paint::painted(paint::GOOD, text))?;
    }
    show(&report.issues)?;
    tables::silent(&report.sources)
}

/// Tells each issue, in the order of the API: what, the evidence, what to do next.
pub(super) fn show(issues: &[Issue]) -> anyhow::Result<()> {
    for issue in issues {
        let severity = paint::painted(
            colour(issue.severity),
            format_args!("{:<8}", issue.severity),
        );
        let kind = paint::painted(paint::STRONG, issue.kind);
        let subject = output::shortened(&issue.subject, 60);
        let since = output::time_text(issue.since);
        output::line(format_args!(
            "{severity} {kind}  {} {subject}  since {since}",
            issue.subject_kind
        ))?;
        output::line(format_args!(
            "         {}",
            output::shortened(&issue.summary, 400)
        ))?;
        evidence(issue)?;
        follow(issue)?;
    }
    Ok(())
}

/// What to look at next: the path of the API, and the command that asks the same.
fn follow(issue: &Issue) -> anyhow::Result<()> {
    let call = output::shortened(&issue.next.call, 200);
    let why = output::shortened(&issue.next.why, 200);
    let call = paint::painted(paint::LINK, call);
    output::line(format_args!("         next: {call}  {why}"))?;
    if let Some(command) = issue.next.asks.as_ref().and_then(next::command) {
        let command = output::shortened(&command, 200);
        let command = paint::painted(paint::LINK, command);
        output::line(format_args!("           or: {command}"))?;
    }
    Ok(())
}

fn evidence(issue: &Issue) -> anyhow::Result<()> {
    if issue.evidence.is_empty() {
        return Ok(());
    }
    let items = issue.evidence.iter().take(8);
    let items: Vec<_> = items
        .map(|item| format!("{} {}", item.kind, output::shortened(&item.id, 60)))
        .collect();
    let text = format!("         {}", items.join(", "));
    Ok(output::line(paint::painted(paint::QUIET, text))?)
}

/// The colour of a severity.
const fn colour(severity: Severity) -> Style {
    match severity {
        Severity::Error | Severity::Critical => paint::FAILED,
        Severity::Warning => paint::RUNNING,
        Severity::Debug | Severity::Info => paint::PLAIN,
    }
}
