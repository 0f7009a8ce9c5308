//! Metrics over a range of time, from the minute roll-ups.
//!
//! Postgres adds up, bucket by bucket; what comes over is one row a group.

mod report;

use std::sync::LazyLock;

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::fold::{BUCKETS, Histogram, Measures, RollupKind};
use telemetron_model::model_name::canonical;

use super::cells::Cells;
use crate::StoreError;

pub use report::{Metrics, Slot, Work};

/// Which roll-ups are added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsRange {
    /// First minute since the epoch.
    pub from_minute: i64,
    /// Minute after the last one.
    pub to_minute: i64,
    /// Minutes in each slot of the series.
    pub slot_minutes: i64,
    /// Only this project.
    pub project: Option<String>,
}

/// The sums of one group.
#[derive(Debug)]
struct GroupRow {
    slot: i64,
    kind: RollupKind,
    agent: String,
    model: String,
    tool: String,
    measures: Measures,
}

/// The columns of a group's sums; its name and the conditions on its rows come around them.
const SUMS: &str = "sum(started)::bigint AS started, sum(finished)::bigint AS finished,
     sum(failed)::bigint AS failed, bounded(sum(duration_us)) AS duration_us,
     bounded(sum(input_tokens)) AS input_tokens, bounded(sum(output_tokens)) AS output_tokens,
     bounded(sum(total_tokens)) AS total_tokens, bounded(sum(cached_tokens)) AS cached_tokens,
     bounded(sum(reasoning_tokens)) AS reasoning_tokens, bounded(sum(cost)) AS cost";

const IN_RANGE: &str = "minute >= $1 AND minute < $2 AND ($3::text IS NULL OR project = $3)";

/// One sum for each bucket: four times as fast as unnesting the arrays.
fn bucket_sums() -> String {
    let sums: Vec<_> = (1..=BUCKETS)
        .map(|bucket| format!("sum(durations[{bucket}])"))
        .collect();
    format!("ARRAY[{}]::bigint[]", sums.join(","))
}

/// By kind, agent, model and tool.
static GROUPS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT $4 * 0 AS slot, kind, agent, model, tool, {SUMS}, {} AS durations
         FROM rollups WHERE {IN_RANGE} GROUP BY kind, agent, model, tool",
        bucket_sums()
    )
});

/// Whole traces by slot.
static TRACES: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT (minute - $1) / $4 AS slot, kind, '' AS agent, '' AS model, '' AS tool, {SUMS},
                {} AS durations
         FROM rollups WHERE {IN_RANGE} AND kind = 0 GROUP BY 1, kind ORDER BY 1",
        bucket_sums()
    )
});

/// LLM and tool calls by slot; nobody asks how long they took.
static CALLS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT (minute - $1) / $4 AS slot, kind, '' AS agent, '' AS model, '' AS tool, {SUMS},
                '{{}}'::bigint[] AS durations
         FROM rollups WHERE {IN_RANGE} AND kind IN (2, 3) GROUP BY 1, kind ORDER BY 1"
    )
});

/// Adds up everything in a range.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn read(pool: &PgPool, range: &MetricsRange) -> Result<Metrics, StoreError> {
    let (groups, mut series, calls) = futures_util::try_join!(
        rows(pool, &GROUPS, range),
        rows(pool, &TRACES, range),
        rows(pool, &CALLS, range),
    )?;
    series.extend(calls);
    Ok(report::add_up(groups, series))
}

async fn rows(
    pool: &PgPool,
    sql: &'static str,
    range: &MetricsRange,
) -> Result<Vec<GroupRow>, StoreError> {
    let rows = sqlx::query(sql)
        .bind(range.from_minute)
        .bind(range.to_minute)
        .bind(&range.project)
        .bind(range.slot_minutes)
        .fetch_all(pool)
        .await?;
    rows.iter().map(group).collect()
}

fn group(row: &PgRow) -> Result<GroupRow, StoreError> {
    let cells = Cells::of(row, "rollups");
    Ok(GroupRow {
        slot: cells.get("slot")?,
        kind: cells.word("kind", RollupKind::from_code)?,
        agent: cells.get("agent")?,
        // Models go by many names; what is one is added up as one.
        model: canonical(&cells.get::<String>("model")?),
        tool: cells.get("tool")?,
        measures: measures(&cells)?,
    })
}

fn measures(cells: &Cells<'_>) -> Result<Measures, StoreError> {
    Ok(Measures {
        started: cells.get("started")?,
        finished: cells.get("finished")?,
        failed: cells.get("failed")?,
        duration_us: cells.get("duration_us")?,
        durations: Histogram::from_counts(cells.get("durations")?),
        usage: cells.usage()?,
        cost: cells.cost("cost")?,
    })
}

/// Counts the spans that run at this moment.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn running_spans(pool: &PgPool, project: Option<&str>) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM spans WHERE status = 1 AND ($1::text IS NULL OR project = $1)",
    )
    .bind(project)
    .fetch_one(pool)
    .await?;
    Ok(count)
}
