//! Conversations: the traces that share a session.

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_view::SessionSummary;

use super::cells::Cells;
use super::{Slice, one_more};
use crate::StoreError;

/// Where a list of sessions goes on: the one with the newest trace first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionKey {
    /// Where the newest trace of the last session stands in lists.
    pub listed_ns: i64,
    /// Its id.
    pub session_id: String,
}

/// Which sessions a list holds; what is absent restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// The user of their newest trace.
    pub user_id: Option<String>,
    /// The project of their newest trace.
    pub project: Option<String>,
}

/// Sums over the traces of a session that `newest` names.
macro_rules! session_sums {
    () => {
        "SELECT newest.session_id, newest.listed_ns, sums.*
         FROM newest CROSS JOIN LATERAL (
             SELECT count(*) AS traces,
                    count(*) FILTER (WHERE status = 1) AS running,
                    count(*) FILTER (WHERE status = 3) AS failed,
                    min(start_ns) AS start_ns, max(start_ns) AS last_start_ns,
                    COALESCE(array_agg(DISTINCT user_id) FILTER (WHERE user_id IS NOT NULL), '{}')
                        AS user_ids,
                    COALESCE(array_agg(DISTINCT project) FILTER (WHERE project IS NOT NULL), '{}')
                        AS projects,
                    bounded(sum(input_tokens)) AS input_tokens,
                    bounded(sum(output_tokens)) AS output_tokens,
                    bounded(sum(total_tokens)) AS total_tokens,
                    bounded(sum(cached_tokens)) AS cached_tokens,
                    bounded(sum(reasoning_tokens)) AS reasoning_tokens,
                    bounded(sum(cost)) AS cost
             FROM traces WHERE traces.session_id = newest.session_id
         ) AS sums ORDER BY newest.listed_ns DESC, newest.session_id DESC"
    };
}

/// Lists sessions, the one with the newest trace first.
///
/// The list is walked along the newest traces: a trace stands for its session when no other of
/// that session is newer, so a page costs what it shows and not what there is.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(
    pool: &PgPool,
    filter: &SessionFilter,
    after: Option<&SessionKey>,
    limit: usize,
) -> Result<Slice<SessionSummary, SessionKey>, StoreError> {
    let rows = sqlx::query(concat!(
        "WITH newest AS MATERIALIZED (
             SELECT session_id, listed_ns FROM traces AS t
             WHERE session_id IS NOT NULL
               AND ($1::text IS NULL OR user_id = $1) AND ($2::text IS NULL OR project = $2)
               AND ($3::bigint IS NULL OR (listed_ns, session_id) < ($3, $4::text))
               AND trace_id = (SELECT n.trace_id FROM traces AS n
                               WHERE n.session_id = t.session_id
                               ORDER BY n.listed_ns DESC, n.trace_id DESC LIMIT 1)
             ORDER BY listed_ns DESC, session_id DESC LIMIT $5
         ) ",
        session_sums!()
    ))
    .bind(&filter.user_id)
    .bind(&filter.project)
    .bind(after.map(|key| key.listed_ns))
    .bind(after.map(|key| &key.session_id))
    .bind(one_more(limit))
    // Planned for what is asked, so that a user or a project is looked up by its index.
    .persistent(false)
    .fetch_all(pool)
    .await?;
    let keyed = rows.iter().map(keyed_session);
    Ok(Slice::of(keyed.collect::<Result<_, _>>()?, limit))
}

/// Finds one session.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn find(pool: &PgPool, session_id: &str) -> Result<Option<SessionSummary>, StoreError> {
    let row = sqlx::query(concat!(
        "WITH newest AS (
             SELECT session_id, listed_ns FROM traces WHERE session_id = $1
             ORDER BY listed_ns DESC LIMIT 1
         ) ",
        session_sums!()
    ))
    .bind(session_id)
    .fetch_optional(pool)
    .await?;
    let found = row.map(|row| keyed_session(&row)).transpose()?;
    Ok(found.map(|(_, session)| session))
}

fn keyed_session(row: &PgRow) -> Result<(SessionKey, SessionSummary), StoreError> {
    let cells = Cells::of(row, "traces");
    let session_id: String = cells.get("session_id")?;
    let key = SessionKey {
        listed_ns: cells.get("listed_ns")?,
        session_id: session_id.clone(),
    };
    let session = SessionSummary {
        session_id,
        user_ids: cells.get("user_ids")?,
        projects: cells.get("projects")?,
        traces: cells.get("traces")?,
        running_traces: cells.get("running")?,
        failed_traces: cells.get("failed")?,
        start_time: cells.instant("start_ns")?,
        last_trace_time: cells.instant("last_start_ns")?,
        tokens: cells.usage()?,
        cost_usd: cells.cost("cost")?,
    };
    Ok((key, session))
}
