//! `issues`: what is wrong now.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_view::oracle::{Issue, IssueReport};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, calls, system_state};

/// Which issues.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Issues {
    /// Only what is at least so bad: info, warning, error, critical
    min_severity: Option<String>,
    /// As of then: `30m` ago, `2h`, or RFC 3339; now when absent
    at: Option<String>,
}

impl Tool for Issues {
    const NAME: &'static str = "issues";
    const TITLE: &'static str = "Issues";
    const ABOUT: &'static str = "What is wrong in the whole system now (agents, tasks, queues, pods, \
        models, traces), the worst first: one sentence with numbers, since when, the evidence to \
        follow, and what to look at next. Empty when all is well.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let path = Path::new(&["oracle", "issues"])
            .with(
                "severity",
                self.min_severity.as_ref().map(|word| word.to_lowercase()),
            )
            .with("at", super::when::instant("at", self.at.as_deref())?);
        let report: IssueReport = context.read(&path).await?;
        let mut answer_text = context.answer_text();
        answer_text.line(format!(
            "# {}: {} at {}",
            report.status,
            match report.issues.len() {
                0 => "no issues".to_owned(),
                1 => "1 issue".to_owned(),
                count => format!("{count} issues"),
            },
            format::instant(report.generated_at)
        ));
        answer_text.line(system_state::silent(&report.sources));
        answer_text.section(
            section(&report.issues).rest("issues(min_severity=\"error\") or a larger max_tokens"),
        );
        if report.issues.is_empty() {
            answer_text.next("find_traces(errors_only=true) shows single traces that failed");
        }
        Ok(answer_text.finish())
    }
}

/// The issues, each whole: the worst first, those that are newest among equals first.
pub(super) fn section(issues: &[Issue]) -> Section {
    Section::new(
        "Issues",
        worst_first(issues).into_iter().map(said).collect(),
    )
}

/// The issues in short: of those that are of one kind and equally bad the newest whole, and the others
/// by what they are about.
pub(super) fn grouped(issues: &[Issue]) -> Section {
    let mut groups: Vec<Vec<&Issue>> = Vec::new();
    for issue in worst_first(issues) {
        let is_alike = |group: &&mut Vec<&Issue>| {
            let first = group.first();
            first
                .is_some_and(|first| (first.severity, &first.kind) == (issue.severity, &issue.kind))
        };
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.push(issue),
            None => groups.push(vec![issue]),
        }
    }
    let said = groups.iter().filter_map(|group| {
        let (first, others) = group.split_first()?;
        let subjects = others.iter().map(|issue| issue.subject.as_str());
        let others = match others.len() {
            0 => String::new(),
            count => format!("\n  {count} more of the kind: {}", format::names(subjects)),
        };
        Some(said(first) + &others)
    });
    Section::new("Issues", said.collect())
}

fn worst_first(issues: &[Issue]) -> Vec<&Issue> {
    let mut issues: Vec<_> = issues.iter().collect();
    issues.sort_by_key(|issue| std::cmp::Reverse((issue.severity, issue.since.0)));
    issues
}

fn said(issue: &Issue) -> String {
    let evidence: Vec<_> = issue
        .evidence
        .iter()
        .take(6)
        .map(|item| format!("{} {}", item.kind, item.id))
        .collect();
    let evidence = if evidence.is_empty() {
        String::new()
    } else {
        format!("\n  evidence: {}", evidence.join(", "))
    };
    format!(
        "- {} {} ({} {}) since {}: {}{evidence}\n  next: {} ({})",
        issue.severity.to_string().to_uppercase(),
        issue.kind,
        issue.subject_kind,
        issue.subject,
        format::instant(issue.since),
        format::line(&issue.summary, 400),
        calls::tool_call(issue.next.asks.as_ref(), &issue.next.call),
        issue.next.why
    )
}
