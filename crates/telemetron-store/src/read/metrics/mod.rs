//! Metrics over a range of time, from the minute roll-ups.
//!
//! Postgres adds up; buckets of durations come as pairs of number and count, since most are empty.

mod report;

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::fold::{Measures, RollupKind};
use telemetron_model::record::TokenUsage;

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

/// The sums of one group, as they come: counts first, buckets later.
#[derive(Debug)]
struct GroupRow {
    slot: i64,
    kind: RollupKind,
    agent: String,
    model: String,
    tool: String,
    measures: Measures,
}

macro_rules! rollup_sums {
    () => {
        "sum(started)::bigint AS started, sum(finished)::bigint AS finished,
         sum(failed)::bigint AS failed, sum(duration_us)::bigint AS duration_us,
         sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
         sum(total_tokens)::bigint AS total_tokens, sum(cached_tokens)::bigint AS cached_tokens,
         sum(reasoning_tokens)::bigint AS reasoning_tokens, sum(cost)::bigint AS cost"
    };
}

macro_rules! in_range {
    () => {
        " WHERE minute >= $1 AND minute < $2 AND ($3::text IS NULL OR project = $3) "
    };
}

/// Adds up everything in a range.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn read(pool: &PgPool, range: &MetricsRange) -> Result<Metrics, StoreError> {
    let groups = concat!(
        "WITH rows AS MATERIALIZED (SELECT * FROM rollups",
        in_range!(),
        "),
         buckets AS (
             SELECT kind, agent, model, tool, bucket, sum(count)::bigint AS count
             FROM rows, unnest(durations) WITH ORDINALITY AS pairs (count, bucket)
             WHERE count <> 0 GROUP BY 1, 2, 3, 4, 5
         ), filled AS (
             SELECT kind, agent, model, tool, array_agg(bucket - 1) AS buckets,
                    array_agg(count) AS counts
             FROM buckets GROUP BY 1, 2, 3, 4
         )
         SELECT $4::bigint * 0 AS slot, sums.*, buckets, counts FROM (
             SELECT kind, agent, model, tool, ",
        rollup_sums!(),
        "
             FROM rows GROUP BY kind, agent, model, tool
         ) AS sums LEFT JOIN filled USING (kind, agent, model, tool)"
    );
    let series = concat!(
        "WITH rows AS MATERIALIZED (
             SELECT (minute - $1) / $4 AS slot, rollups.* FROM rollups",
        in_range!(),
        "
               AND kind IN (0, 2, 3)
         ), buckets AS (
             SELECT slot, kind, bucket, sum(count)::bigint AS count
             FROM rows, unnest(durations) WITH ORDINALITY AS pairs (count, bucket)
             WHERE count <> 0 AND kind = 0 GROUP BY 1, 2, 3
         ), filled AS (
             SELECT slot, kind, array_agg(bucket - 1) AS buckets, array_agg(count) AS counts
             FROM buckets GROUP BY 1, 2
         )
         SELECT sums.*, '' AS agent, '' AS model, '' AS tool, buckets, counts FROM (
             SELECT slot, kind, ",
        rollup_sums!(),
        " FROM rows GROUP BY slot, kind
         ) AS sums LEFT JOIN filled USING (slot, kind) ORDER BY slot"
    );
    let (groups, series) = (
        rows(pool, groups, range).await?,
        rows(pool, series, range).await?,
    );
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
        model: cells.get("model")?,
        tool: cells.get("tool")?,
        measures: measures(&cells)?,
    })
}

fn measures(cells: &Cells<'_>) -> Result<Measures, StoreError> {
    let buckets: Option<Vec<i64>> = cells.get("buckets")?;
    let counts: Option<Vec<i64>> = cells.get("counts")?;
    let usage: TokenUsage = cells.usage()?;
    Ok(Measures {
        started: cells.get("started")?,
        finished: cells.get("finished")?,
        failed: cells.get("failed")?,
        duration_us: cells.get("duration_us")?,
        durations: report::histogram(&buckets.unwrap_or_default(), &counts.unwrap_or_default()),
        usage,
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
