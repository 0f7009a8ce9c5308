//! Which trace is meant: an id, or `last`, `last-failed`, `last-good`; and how calls name it.

use telemetron_view::{Page, TraceSummary};

use super::{Path, ToolContext, ToolError};

/// The trace that failed last.
pub(super) const LAST_FAILED: &str = "last-failed";

/// The id of the trace that is meant.
pub(super) async fn trace(context: ToolContext<'_>, named: &str) -> Result<String, ToolError> {
    let newest = Path::new(&["traces"]).with("limit", Some(1));
    match named.trim() {
        "last" | "latest" => first(context, &newest, "there is no trace yet").await,
        LAST_FAILED | "last_failed" => last_failed(context, newest).await,
        "last-good" | "last_good" => {
            let good = newest.with("status", Some("COMPLETED"));
            first(context, &good, "no trace has completed yet").await
        }
        id => Ok(id.to_owned()),
    }
}

/// The newest trace that failed; else the newest in which something did.
async fn last_failed(context: ToolContext<'_>, newest: Path) -> Result<String, ToolError> {
    let failed = newest.clone().with("status", Some("FAILED"));
    match first(context, &failed, "").await {
        Err(ToolError::Wrong(_)) => {
            let partly = newest.flag("errors_only", true);
            first(
                context,
                &partly,
                "no trace has failed, and in none did anything fail",
            )
            .await
        }
        found => found,
    }
}

async fn first(context: ToolContext<'_>, path: &Path, none: &str) -> Result<String, ToolError> {
    let page: Page<TraceSummary> = context.read(path).await?;
    let first = page.items.first().map(|trace| trace.trace_id.to_string());
    first.ok_or_else(|| ToolError::Wrong(none.to_owned()))
}

/// The arguments of a call that name a trace, or the run that it is read with.
pub(super) fn arguments(id: &str, follow: Option<&str>) -> String {
    let follow = follow.map_or_else(String::new, |by| format!(", follow=\"{by}\""));
    format!("trace_id=\"{id}\"{follow}")
}
