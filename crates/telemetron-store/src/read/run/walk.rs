//! From a trace to those that belong to its run, nearest first.

use sqlx::PgPool;
use telemetron_model::TraceId;
use telemetron_view::Follow;

use super::MOST_TRACES;
use crate::StoreError;
use crate::read::one_more;

/// The walk along links, in both directions: a table `run` of ids that begins with this one. Ids that
/// nobody stored are walked through, so that traces with one unseen neighbour are still neighbours.
macro_rules! along_links {
    ($from:literal) => {
        concat!(
            "WITH RECURSIVE run (trace_id) AS (
             SELECT ",
            $from,
            "
           UNION
             SELECT n.trace_id FROM run CROSS JOIN LATERAL (
                 SELECT l.linked_trace_id AS trace_id FROM trace_links AS l
                 WHERE l.trace_id = run.trace_id
               UNION ALL
                 SELECT l.trace_id FROM trace_links AS l WHERE l.linked_trace_id = run.trace_id
             ) AS n
         ) "
        )
    };
}
pub(super) use along_links;

/// The traces of the session of `$1`, the nearest in time first.
const OF_SESSION: &str = "SELECT t.trace_id FROM traces AS asked JOIN traces AS t
       ON t.session_id = asked.session_id OR t.trace_id = asked.trace_id
     WHERE asked.trace_id = $1
     ORDER BY t.trace_id <> asked.trace_id,
              abs(t.listed_ns::numeric - asked.listed_ns), t.trace_id
     LIMIT $2";

/// The ids of the traces of a run, that of the trace itself first; one too many where there are more
/// than a run may have.
pub(super) async fn from(
    pool: &PgPool,
    trace_id: TraceId,
    follow: Follow,
) -> Result<Vec<TraceId>, StoreError> {
    let sql = match follow {
        // Evaluated as far as the limit goes.
        Follow::Links => concat!(
            along_links!("$1::bytea"),
            "SELECT trace_id FROM run LIMIT $2"
        ),
        Follow::Session => OF_SESSION,
    };
    let ids: Vec<Vec<u8>> = sqlx::query_scalar(sql)
        .bind(trace_id.as_bytes().as_slice())
        .bind(one_more(MOST_TRACES))
        .fetch_all(pool)
        .await?;
    let ids = ids.iter().map(|id| TraceId::from_slice(id));
    ids.collect::<Result<_, _>>()
        .map_err(|error| StoreError::Corrupt {
            table: "trace_links",
            reason: error.to_string(),
        })
}
