//! Tasks: those that wait or run, and those that ended lately.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::record::{Priority, TaskStatus};
use telemetron_model::{RawJson, Timestamp, TraceId};

use crate::StoreError;
use crate::read::cells::Cells;

/// Most characters of a prompt.
const PROMPT: i32 = 2000;

/// Most bytes of arguments; larger ones are left out.
const ARGS: i32 = 16 * 1024;

/// A task as the Oracle needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskRow {
    /// Its id.
    pub task_id: String,
    /// Its queue.
    pub queue: String,
    /// How far it is.
    pub status: TaskStatus,
    /// How urgent.
    pub priority: Priority,
    /// The agent at work on it.
    pub agent: Option<String>,
    /// The trace it is part of.
    pub trace_id: Option<TraceId>,
    /// Who asked for it.
    pub invoked_by: Option<String>,
    /// The task that must end first.
    pub blocked_by: Option<String>,
    /// The head of its prompt.
    pub prompt: Option<String>,
    /// Its arguments, unless they are large.
    pub args: Option<RawJson>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When work on it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was heard of last.
    pub said_at: Timestamp,
}

/// How many tasks of a queue wait and run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    /// The queue.
    pub queue: String,
    /// Tasks that wait.
    pub waiting: i64,
    /// Tasks at work.
    pub running: i64,
}

macro_rules! task_columns {
    () => {
        "SELECT task_id, queue, status, priority, COALESCE(agent_name, agent_id) AS agent, trace_id,
                invoked_by, blocked_by, left(prompt, $1) AS prompt,
                CASE WHEN octet_length(args) <= $2 THEN args END AS args,
                submitted_ns, started_ns, ended_ns, error, said_ns FROM tasks "
    };
}

/// Lists tasks that did not end: those at work first, then the most urgent and oldest.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn open(pool: &PgPool, limit: i64) -> Result<Vec<TaskRow>, StoreError> {
    let rows = sqlx::query(concat!(
        task_columns!(),
        "WHERE status < 4 ORDER BY status > 1 DESC, priority DESC, submitted_ns LIMIT $3"
    ))
    .bind(PROMPT)
    .bind(ARGS)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

/// Lists tasks that ended since, the latest first.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn ended(
    pool: &PgPool,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<TaskRow>, StoreError> {
    let rows = sqlx::query(concat!(
        task_columns!(),
        "WHERE status >= 4 AND seen_ns >= $3 AND COALESCE(ended_ns, said_ns) >= $3
         ORDER BY seen_ns DESC LIMIT $4"
    ))
    .bind(PROMPT)
    .bind(ARGS)
    .bind(since.nanos())
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

/// Lists the named tasks, whatever became of them.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn named(pool: &PgPool, ids: &[String]) -> Result<Vec<TaskRow>, StoreError> {
    let rows = sqlx::query(concat!(task_columns!(), "WHERE task_id = ANY($3)"))
        .bind(PROMPT)
        .bind(ARGS)
        .bind(ids)
        .fetch_all(pool)
        .await?;
    rows.iter().map(one).collect()
}

/// Counts the tasks of each queue that wait and run.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn counts(pool: &PgPool) -> Result<Vec<QueueCount>, StoreError> {
    let rows = sqlx::query(
        "SELECT queue, count(*) FILTER (WHERE status = 1) AS waiting,
                count(*) FILTER (WHERE status > 1) AS running
         FROM tasks WHERE status < 4 GROUP BY queue ORDER BY queue",
    )
    .fetch_all(pool)
    .await?;
    let count = |row: &PgRow| {
        let cells = Cells::of(row, "tasks");
        Ok(QueueCount {
            queue: cells.get("queue")?,
            waiting: cells.get("waiting")?,
            running: cells.get("running")?,
        })
    };
    rows.iter().map(count).collect()
}

fn one(row: &PgRow) -> Result<TaskRow, StoreError> {
    let cells = Cells::of(row, "tasks");
    let instant = |column: &str| -> Result<Option<Timestamp>, StoreError> {
        Ok(cells.opt_instant(column)?.map(|instant| instant.0))
    };
    let trace_id = match cells.get::<Option<&[u8]>>("trace_id")? {
        Some(_) => Some(cells.trace_id("trace_id")?),
        None => None,
    };
    Ok(TaskRow {
        task_id: cells.get("task_id")?,
        queue: cells.get("queue")?,
        status: cells.word("status", TaskStatus::from_code)?,
        priority: cells.word("priority", Priority::from_code)?,
        agent: cells.get("agent")?,
        trace_id,
        invoked_by: cells.get("invoked_by")?,
        blocked_by: cells.get("blocked_by")?,
        prompt: cells.get("prompt")?,
        args: cells.json("args")?,
        submitted_at: Timestamp::from_nanos(cells.get("submitted_ns")?),
        started_at: instant("started_ns")?,
        ended_at: instant("ended_ns")?,
        error: cells.get("error")?,
        said_at: Timestamp::from_nanos(cells.get("said_ns")?),
    })
}
