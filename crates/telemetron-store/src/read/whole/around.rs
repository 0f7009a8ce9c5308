//! What else went on while something failed: sums of the same minutes, failed traces beside it,
//! tasks that waited.

use std::collections::BTreeMap;

use sqlx::PgPool;
use telemetron_model::record::Resource;
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::StoreError;
use crate::read::cells::Cells;

/// Most failed traces whose errors are read.
const MOST_TRACES: i64 = 50;

/// What the store knows of some minutes, outside one trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vicinity {
    /// Between which instants.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// Work of each model and tool that began in these minutes, the trace itself included.
    pub work: Vec<WorkAround>,
    /// Types of errors in other traces of these minutes, with the number of traces they occur in.
    pub errors: Vec<(String, i64)>,
    /// Other traces that began in these minutes and failed, at most fifty.
    pub failed_traces: usize,
    /// Tasks that are open now and were submitted before these minutes ended.
    pub open_tasks: i64,
    /// Where the span that is asked about ran.
    pub resource: Option<Resource>,
}

/// What is asked about: some minutes, outside a trace, and the span that failed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The trace of the span.
    pub trace_id: TraceId,
    /// All traces that others are beside.
    pub traces: Vec<TraceId>,
    /// The span.
    pub span_id: Option<SpanId>,
    /// Start of the minutes.
    pub from: Timestamp,
    /// Their end.
    pub until: Timestamp,
}

/// Work of a model or tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkAround {
    /// The model, or the tool.
    pub name: String,
    /// It is a model.
    pub is_model: bool,
    /// Calls that ended.
    pub finished: i64,
    /// Of these, how many failed.
    pub failed: i64,
}

/// Reads what went on between two instants, outside a trace.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn around(pool: &PgPool, asked: Asked) -> Result<Vicinity, StoreError> {
    let Asked { from, until, .. } = asked;
    let others = failed_traces(pool, &asked.traces, from, until).await?;
    Ok(Vicinity {
        from,
        until,
        work: work(pool, from, until).await?,
        errors: errors(pool, &others).await?,
        failed_traces: others.len(),
        open_tasks: open_tasks(pool, until).await?,
        resource: resource(pool, &asked).await?,
    })
}

/// Where a span ran, as its process said.
async fn resource(pool: &PgPool, asked: &Asked) -> Result<Option<Resource>, StoreError> {
    let Some(span_id) = asked.span_id else {
        return Ok(None);
    };
    let row = sqlx::query(
        "SELECT resource FROM spans
         WHERE day = (SELECT day FROM traces WHERE trace_id = $1)
           AND trace_id = $1 AND span_id = $2",
    )
    .bind(asked.trace_id.as_bytes().as_slice())
    .bind(span_id.as_bytes())
    .fetch_optional(pool)
    .await?;
    let resource = row.map(|row| Cells::of(&row, "spans").parsed("resource"));
    Ok(resource.transpose()?.flatten())
}

async fn work(
    pool: &PgPool,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<WorkAround>, StoreError> {
    let rows = sqlx::query(
        "SELECT CASE WHEN model <> '' THEN model ELSE tool END AS name, model <> '' AS is_model,
                sum(finished)::bigint AS finished, sum(failed)::bigint AS failed
         FROM rollups WHERE minute BETWEEN $1 AND $2 AND (model <> '' OR tool <> '')
         GROUP BY 1, 2 HAVING sum(failed) > 0 ORDER BY 4 DESC, 1 LIMIT 20",
    )
    .bind(from.minute())
    .bind(until.minute())
    .fetch_all(pool)
    .await?;
    let work = rows.iter().map(|row| {
        let cells = Cells::of(row, "rollups");
        Ok(WorkAround {
            name: cells.get("name")?,
            is_model: cells.get("is_model")?,
            finished: cells.get("finished")?,
            failed: cells.get("failed")?,
        })
    });
    work.collect()
}

/// Where the rows of other failed traces lie: day and id.
async fn failed_traces(
    pool: &PgPool,
    except: &[TraceId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(chrono::NaiveDate, Vec<u8>)>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT day, trace_id FROM traces
         WHERE listed_ns BETWEEN $1 AND $2 AND trace_id <> ALL($3)
           AND (status = 3 OR failed_count > 0 OR error_count > 0)
         ORDER BY listed_ns DESC LIMIT $4",
    )
    .bind(from.nanos())
    .bind(until.nanos())
    .bind(
        except
            .iter()
            .map(|id| id.as_bytes().as_slice())
            .collect::<Vec<_>>(),
    )
    .bind(MOST_TRACES)
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

async fn errors(
    pool: &PgPool,
    traces: &[(chrono::NaiveDate, Vec<u8>)],
) -> Result<Vec<(String, i64)>, StoreError> {
    let mut by_day: BTreeMap<chrono::NaiveDate, Vec<&[u8]>> = BTreeMap::new();
    for (day, id) in traces {
        by_day.entry(*day).or_default().push(id);
    }
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (day, ids) in by_day {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT error_type, count(DISTINCT trace_id) FROM errors
             WHERE day = $1 AND trace_id = ANY($2) GROUP BY 1",
        )
        .bind(day)
        .bind(ids)
        .fetch_all(pool)
        .await?;
        for (kind, count) in rows {
            *counts.entry(kind).or_default() += count;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(counts)
}

async fn open_tasks(pool: &PgPool, until: Timestamp) -> Result<i64, StoreError> {
    let count =
        sqlx::query_scalar("SELECT count(*) FROM tasks WHERE status < 4 AND submitted_ns <= $1")
            .bind(until.nanos())
            .fetch_one(pool)
            .await?;
    Ok(count)
}
