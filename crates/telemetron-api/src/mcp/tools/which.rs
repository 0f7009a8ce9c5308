//! Which trace is meant: an id, or `last`, `last-failed`, `last-good`.

use telemetron_model::view::{Page, TraceSummary};

use super::{Desk, Fault, Path};

/// The trace that failed last.
pub(super) const LAST_FAILED: &str = "last-failed";

/// The id of the trace that is meant.
pub(super) async fn trace(desk: Desk<'_>, named: &str) -> Result<String, Fault> {
    let newest = Path::new(&["traces"]).with("limit", Some(1));
    match named.trim() {
        "last" | "latest" => first(desk, &newest, "there is no trace yet").await,
        LAST_FAILED | "last_failed" => last_failed(desk, newest).await,
        "last-good" | "last_good" => {
            let good = newest.with("status", Some("COMPLETED"));
            first(desk, &good, "no trace has completed yet").await
        }
        id => Ok(id.to_owned()),
    }
}

/// The newest trace that failed; else the newest in which something did.
async fn last_failed(desk: Desk<'_>, newest: Path) -> Result<String, Fault> {
    let failed = newest.clone().with("status", Some("FAILED"));
    match first(desk, &failed, "").await {
        Err(Fault::Wrong(_)) => {
            let partly = newest.flag("errors_only", true);
            first(
                desk,
                &partly,
                "no trace has failed, and in none did anything fail",
            )
            .await
        }
        found => found,
    }
}

async fn first(desk: Desk<'_>, path: &Path, none: &str) -> Result<String, Fault> {
    let page: Page<TraceSummary> = desk.read(path).await?;
    let first = page.items.first().map(|trace| trace.trace_id.to_string());
    first.ok_or_else(|| Fault::Wrong(none.to_owned()))
}
