//! Records that could not be read, lately.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::Timestamp;

use crate::StoreError;
use crate::read::cells::Cells;

/// Records of one topic that were refused for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecords {
    /// The topic.
    pub topic: String,
    /// Why, in one word.
    pub code: String,
    /// Why, as it was said last.
    pub reason: String,
    /// How many.
    pub count: i64,
    /// When the first was refused.
    pub first_at: Timestamp,
    /// When the last was refused.
    pub last_at: Timestamp,
    /// The latest dead letters.
    pub ids: Vec<i64>,
}

/// Lists what was refused since and not replayed, among the latest 5,000 dead letters.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn rejected(pool: &PgPool, since: Timestamp) -> Result<Vec<RejectedRecords>, StoreError> {
    let rows = sqlx::query(
        "SELECT topic, code, (array_agg(reason ORDER BY id DESC))[1] AS reason, count(*) AS refused,
                min(ns) AS first_ns, max(ns) AS last_ns,
                (array_agg(id ORDER BY id DESC))[1:5] AS ids
         FROM (SELECT id, topic, code, reason, replays,
                      (extract(epoch FROM rejected_at) * 1000000000)::bigint AS ns
               FROM dead_letters ORDER BY id DESC LIMIT 5000) AS latest
         WHERE ns >= $1 AND replays = 0 GROUP BY topic, code ORDER BY refused DESC LIMIT 100",
    )
    .bind(since.nanos())
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<RejectedRecords, StoreError> {
    let cells = Cells::of(row, "dead_letters");
    Ok(RejectedRecords {
        topic: cells.get("topic")?,
        code: cells.get("code")?,
        reason: cells.get("reason")?,
        count: cells.get("refused")?,
        first_at: Timestamp::from_nanos(cells.get("first_ns")?),
        last_at: Timestamp::from_nanos(cells.get("last_ns")?),
        ids: cells.get("ids")?,
    })
}
