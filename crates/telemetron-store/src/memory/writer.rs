//! Writing the memory: the right to, snapshots, the life of issues, and forgetting.
//!
//! The right is an advisory lock, which lives as long as its session. The session is no part of the
//! pool: whoever asks the pool for a connection never waits for the memory.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};
use telemetron_model::Timestamp;
use telemetron_model::record::Severity;
use telemetron_view::oracle::{Issue, IssueChange, TimelineItem};
use tokio::time::timeout;

use super::snapshots::insert;
use super::{Snapshot, json, parsed};
use crate::StoreError;
use crate::pool::limit;

/// Key of the advisory lock of the process that remembers.
const LOCK: i64 = 0x6f72_6163_6c65_0001; // "oracle", 1

/// Longest that a statement may take.
const STATEMENT: Duration = Duration::from_secs(15);

/// Longest that connecting may take: a host that is away may not answer at all.
const CONNECTING: Duration = Duration::from_secs(10);

/// Somebody who would write if nobody else did, on a connection of its own.
#[derive(Debug)]
pub struct Candidate(PgConnection);

/// The right to write: it lasts as long as this connection.
#[derive(Debug)]
pub struct SnapshotWriter(PgConnection);

/// What became of asking for the right to write.
#[derive(Debug)]
pub enum Candidacy {
    /// It is ours.
    Elected(SnapshotWriter),
    /// Another process has it; the connection is kept for the next time.
    Waiting(Candidate),
}

impl Candidate {
    /// Connects as the pool does, outside of it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn connect(pool: &PgPool) -> Result<Self, StoreError> {
        let options = pool.connect_options();
        let connecting = timeout(CONNECTING, PgConnection::connect_with(&options));
        let connected = connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let mut conn = connected?;
        limit(&mut conn, STATEMENT).await?;
        Ok(Self(conn))
    }

    /// Tries to become the one process that writes.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn stand(mut self) -> Result<Candidacy, StoreError> {
        let mine: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut self.0)
            .await?;
        Ok(if mine {
            Candidacy::Elected(SnapshotWriter(self.0))
        } else {
            Candidacy::Waiting(self)
        })
    }
}

impl SnapshotWriter {
    pub(super) const fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    /// Writes a snapshot and what became of issues, in one transaction.
    ///
    /// # Errors
    /// When the database is away or refuses: nothing was written then.
    pub async fn keep(
        &mut self,
        snapshot: &Snapshot,
        changes: &[TimelineItem],
    ) -> Result<(), StoreError> {
        let mut tx = self.0.begin().await?;
        insert(&mut tx, snapshot).await?;
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
                .execute(&mut self.0)
                .await?;
            forgotten += deleted.rows_affected();
        }
        Ok(forgotten)
    }
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
