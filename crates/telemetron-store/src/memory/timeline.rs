//! The life of issues: when each was opened, changed and resolved.

use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row as _};
use telemetron_model::Timestamp;
use telemetron_model::record::Severity;
use telemetron_view::oracle::{IssueChange, TimelineItem};

use super::parsed;
use crate::StoreError;

/// Lists what became of issues in a range, earliest first; the latest of them when there are more.
///
/// # Errors
/// When the database is away.
pub async fn timeline(
    pool: &PgPool,
    from: Timestamp,
    to: Timestamp,
    issue_id: Option<&str>,
    limit: usize,
) -> Result<Vec<TimelineItem>, StoreError> {
    let rows = sqlx::query(
        "SELECT at_ns, change, was_severity, issue FROM oracle_issue_changes
         WHERE at_ns >= $1 AND at_ns <= $2 AND ($3::text IS NULL OR issue_id = $3)
         ORDER BY at_ns DESC, id DESC LIMIT $4",
    )
    .bind(from.nanos())
    .bind(to.nanos())
    .bind(issue_id)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    rows.iter().rev().map(moment).collect()
}

fn moment(row: &PgRow) -> Result<TimelineItem, StoreError> {
    const TABLE: &str = "oracle_issue_changes";
    let code: i16 = row.try_get("change")?;
    let unknown = || StoreError::Corrupt {
        table: TABLE,
        reason: format!("`change` has the code {code}"),
    };
    let was: Option<i16> = row.try_get("was_severity")?;
    Ok(TimelineItem {
        at: Timestamp::from_nanos(row.try_get("at_ns")?).into(),
        change: IssueChange::from_code(code).ok_or_else(unknown)?,
        was: was.and_then(Severity::from_code),
        issue: parsed(TABLE, row.try_get("issue")?)?,
    })
}
