//! `find_traces`: which traces there are.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_view::{Page, TraceSummary};

use super::super::budgeted_text::Section;
use super::{Path, Tool, ToolContext, ToolError, lines, when, which};

/// Most traces of one answer.
const MOST: u32 = 200;

/// Which traces.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FindTraces {
    /// RUNNING, COMPLETED or FAILED
    status: Option<String>,
    /// An agent at work in them
    agent: Option<String>,
    /// A model called in them
    model: Option<String>,
    /// A tool called in them
    tool: Option<String>,
    /// Their conversation
    session_id: Option<String>,
    /// Their user
    user_id: Option<String>,
    /// Their project
    project: Option<String>,
    /// Began since: `30m`, `2h`, `7d`, or RFC 3339
    since: Option<String>,
    /// Began before, in the same forms
    until: Option<String>,
    /// Took at least so many milliseconds
    min_duration_ms: Option<f64>,
    /// Spent at least so many tokens
    min_tokens: Option<i64>,
    /// Cost at least so many dollars
    min_cost_usd: Option<f64>,
    /// Failed, or something in them did
    errors_only: bool,
    /// Run, and nothing was heard of them for five minutes
    stuck_only: bool,
    /// A line a run: of the traces that links of spans join, the earliest with the sums of all
    runs: bool,
    /// A name, input, output or error in it contains this text, from the beginning of a word on
    text: Option<String>,
    /// Most traces; 20 when absent
    #[schemars(range(min = 1))]
    limit: Option<u32>,
    /// Where an earlier answer ended
    cursor: Option<String>,
}

impl Tool for FindTraces {
    const NAME: &'static str = "find_traces";
    const TITLE: &'static str = "Find traces";
    const ABOUT: &'static str = "Lists traces, newest first: id, status, duration, tokens, cost. \
        All filters are combined with and. Use errors_only for what failed, stuck_only for what \
        hangs, text to search inputs and outputs.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let limit = self.limit.unwrap_or(20).clamp(1, MOST);
        let path = self.path()?;
        let page: Page<TraceSummary> = context
            .read(&path.clone().with("limit", Some(limit)))
            .await?;
        let mut answer_text = context.answer_text();
        if page.items.is_empty() {
            answer_text
                .line("No trace matches.")
                .next("find_traces() lists all of them");
            return Ok(answer_text.finish());
        }
        answer_text.line(lines::stale(&page.freshness));
        let failed = page
            .items
            .iter()
            .find(|trace| trace.counts.failed_spans > 0);
        let first = failed.or_else(|| page.items.first());
        if let Some(trace) = first {
            let tool = if failed.is_some() {
                "diagnose"
            } else {
                "trace_summary"
            };
            let id = trace.trace_id.to_string();
            let this = which::arguments(&id, self.runs.then_some("links"));
            answer_text.next(format!("{tool}({this})"));
        }
        let items = page.items.iter().map(lines::trace).collect();
        let title = "Traces, newest first";
        let place =
            answer_text.section(Section::new(title, items).beyond(i64::from(page.next.is_some())));
        answer_text.fit();
        let (shown, here) = answer_text.shown(place);
        let cursor = if shown == here {
            page.next
        } else {
            let again: Page<TraceSummary> = context
                .read(&path.with("limit", Some(shown.max(1))))
                .await?;
            again.next
        };
        if let Some(cursor) = cursor {
            answer_text.set_rest(place, format!("same filters with cursor=\"{cursor}\""));
        }
        Ok(answer_text.write())
    }
}

impl FindTraces {
    fn path(&self) -> Result<Path, ToolError> {
        let path = Path::new(&["traces"])
            .with(
                "status",
                self.status.as_ref().map(|status| status.to_uppercase()),
            )
            .with("agent", self.agent.as_ref())
            .with("model", self.model.as_ref())
            .with("tool", self.tool.as_ref())
            .with("session_id", self.session_id.as_ref())
            .with("user_id", self.user_id.as_ref())
            .with("project", self.project.as_ref())
            .with(
                "start_after",
                when::instant("since", self.since.as_deref())?,
            )
            .with(
                "start_before",
                when::instant("until", self.until.as_deref())?,
            )
            .with("min_duration_ms", self.min_duration_ms)
            .with("min_tokens", self.min_tokens)
            .with("min_cost_usd", self.min_cost_usd)
            .flag("errors_only", self.errors_only)
            .flag("stuck_only", self.stuck_only)
            .with("follow", self.runs.then_some("links"))
            .with("q", self.text.as_ref())
            .with("cursor", self.cursor.as_ref());
        Ok(path)
    }
}
