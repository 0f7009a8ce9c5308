//! What the Oracle remembers: states when something changed, and the life of issues.
//!
//! One process writes at a time: the one whose connection holds the advisory lock. Everybody reads.

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Row as _};
use telemetron_model::Timestamp;
use telemetron_model::oracle::{HistoryEntry, Issue, IssueChange, SystemState, TimelineItem};
use telemetron_model::record::Severity;

use crate::{StoreError, compress, decompress};

/// Key of the advisory lock of the process that remembers.
const LOCK: i64 = 0x6f72_6163_6c65_0001; // "oracle", 1

/// A state and what was wrong then.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Its shape.
    pub shape: u64,
    /// The state.
    pub state: SystemState,
    /// The issues that were open.
    pub issues: Vec<Issue>,
}

/// The right to write: it lasts as long as this connection.
#[derive(Debug)]
pub struct Keeper(PoolConnection<Postgres>);

/// Tries to become the one process that writes.
///
/// # Errors
/// When the database is away.
pub async fn keeper(pool: &PgPool) -> Result<Option<Keeper>, StoreError> {
    let mut conn = pool.acquire().await?;
    let mine: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(LOCK)
        .fetch_one(&mut *conn)
        .await?;
    if !mine {
        return Ok(None);
    }
    // The lock belongs to the session: it ends with it, and never goes back into the pool.
    conn.close_on_drop();
    Ok(Some(Keeper(conn)))
}

impl Keeper {
    /// Writes a snapshot, if there is one, and what became of issues, in one transaction.
    ///
    /// # Errors
    /// When the database is away or refuses: nothing was written then.
    pub async fn keep(
        &mut self,
        snapshot: Option<&Snapshot>,
        changes: &[TimelineItem],
    ) -> Result<(), StoreError> {
        let mut tx = self.0.begin().await?;
        if let Some(snapshot) = snapshot {
            insert(&mut tx, snapshot).await?;
        }
        for change in changes {
            note(&mut tx, change).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Forgets what is older.
    ///
    /// # Errors
    /// When the database is away or refuses.
    pub async fn forget(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for statement in [
            "DELETE FROM oracle_snapshots WHERE taken_ns < $1",
            "DELETE FROM oracle_issue_changes WHERE at_ns < $1",
        ] {
            let deleted = sqlx::query(statement)
                .bind(before.nanos())
                .execute(&mut *self.0)
                .await?;
            forgotten += deleted.rows_affected();
        }
        Ok(forgotten)
    }
}

async fn insert(conn: &mut PgConnection, snapshot: &Snapshot) -> Result<(), StoreError> {
    let Snapshot { state, issues, .. } = snapshot;
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    sqlx::query(
        "INSERT INTO oracle_snapshots (taken_ns, shape, state, issues, agent_count, pod_count,
                                       task_count, model_count, issue_count)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (taken_ns) DO NOTHING",
    )
    .bind(snapshot.taken_at.nanos())
    .bind(snapshot.shape.cast_signed())
    .bind(frame(state)?)
    .bind(frame(issues)?)
    .bind(count(state.agents.len()))
    .bind(count(state.workload.iter().map(|w| w.pods.len()).sum()))
    .bind(count(state.queues.iter().map(|q| q.tasks.len()).sum()))
    .bind(count(state.litellm.len()))
    .bind(count(issues.len()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes what became of an issue, and whether it is open now.
async fn note(conn: &mut PgConnection, change: &TimelineItem) -> Result<(), StoreError> {
    let issue = json(&change.issue)?;
    sqlx::query(
        "INSERT INTO oracle_issue_changes (at_ns, issue_id, change, was_severity, issue)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(change.at.0.nanos())
    .bind(&change.issue.id)
    .bind(change.change.code())
    .bind(change.was.map(Severity::code))
    .bind(&issue)
    .execute(&mut *conn)
    .await?;
    if change.change == IssueChange::Resolved {
        sqlx::query("DELETE FROM oracle_open_issues WHERE issue_id = $1")
            .bind(&change.issue.id)
            .execute(conn)
            .await?;
    } else {
        sqlx::query(
            "INSERT INTO oracle_open_issues (issue_id, issue) VALUES ($1, $2)
             ON CONFLICT (issue_id) DO UPDATE SET issue = EXCLUDED.issue",
        )
        .bind(&change.issue.id)
        .bind(&issue)
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Lists the issues that are open.
///
/// # Errors
/// When the database is away.
pub async fn open_issues(pool: &PgPool) -> Result<Vec<Issue>, StoreError> {
    let texts: Vec<String> = sqlx::query_scalar("SELECT issue FROM oracle_open_issues")
        .fetch_all(pool)
        .await?;
    texts
        .iter()
        .map(|text| parsed("oracle_open_issues", text))
        .collect()
}

/// Gives the latest snapshot that was taken at an instant or before.
///
/// # Errors
/// When the database is away.
pub async fn at(pool: &PgPool, instant: Timestamp) -> Result<Option<Snapshot>, StoreError> {
    let row = sqlx::query(
        "SELECT taken_ns, shape, state, issues FROM oracle_snapshots
         WHERE taken_ns <= $1 ORDER BY taken_ns DESC LIMIT 1",
    )
    .bind(instant.nanos())
    .fetch_optional(pool)
    .await?;
    row.map(|row| snapshot(&row)).transpose()
}

/// Gives the first snapshot that is kept.
///
/// # Errors
/// When the database is away.
pub async fn first(pool: &PgPool) -> Result<Option<Snapshot>, StoreError> {
    let row = sqlx::query(
        "SELECT taken_ns, shape, state, issues FROM oracle_snapshots ORDER BY taken_ns LIMIT 1",
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| snapshot(&row)).transpose()
}

fn snapshot(row: &PgRow) -> Result<Snapshot, StoreError> {
    Ok(Snapshot {
        taken_at: Timestamp::from_nanos(row.try_get("taken_ns")?),
        shape: row.try_get::<i64, _>("shape")?.cast_unsigned(),
        state: parsed(SNAPSHOTS, &text(row.try_get("state")?)?)?,
        issues: parsed(SNAPSHOTS, &text(row.try_get("issues")?)?)?,
    })
}

/// Lists snapshots of a range, the latest first, and those before `before` alone.
///
/// # Errors
/// When the database is away.
pub async fn history(
    pool: &PgPool,
    from: Timestamp,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT taken_ns, shape, agent_count, pod_count, task_count, model_count, issue_count
         FROM oracle_snapshots WHERE taken_ns >= $1 AND taken_ns < $2
         ORDER BY taken_ns DESC LIMIT $3",
    )
    .bind(from.nanos())
    .bind(before.nanos())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &PgRow) -> Result<HistoryEntry, StoreError> {
    let count = |column: &str| row.try_get::<i32, _>(column).map(i64::from);
    let shape: i64 = row.try_get("shape")?;
    Ok(HistoryEntry {
        taken_at: Timestamp::from_nanos(row.try_get("taken_ns")?).into(),
        id: format!("{:016x}", shape.cast_unsigned()),
        agents: count("agent_count")?,
        pods: count("pod_count")?,
        tasks: count("task_count")?,
        models: count("model_count")?,
        issues: count("issue_count")?,
    })
}

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

const SNAPSHOTS: &str = "oracle_snapshots";

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(SNAPSHOTS, error))
}

fn frame(value: &impl serde::Serialize) -> Result<Vec<u8>, StoreError> {
    compress(&json(value)?).map_err(|error| corrupt(SNAPSHOTS, error))
}

fn text(frame: &[u8]) -> Result<String, StoreError> {
    decompress(frame).map_err(|error| corrupt(SNAPSHOTS, error))
}

fn parsed<T: serde::de::DeserializeOwned>(
    table: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(table, error))
}

fn corrupt(table: &'static str, reason: impl ToString) -> StoreError {
    StoreError::Corrupt {
        table,
        reason: reason.to_string(),
    }
}
