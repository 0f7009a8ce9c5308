//! Whether the clock can be believed.
//!
//! A clock that is set ahead makes everything old at once. Nothing can tell it from a machine that
//! was off for long, so both have the same effect: for a day nothing is dropped.

use sqlx::{PgConnection, PgPool};
use telemetron_model::Timestamp;
use telemetron_view::RetentionState;

use crate::StoreError;

pub(super) const DAY_NS: i64 = 86_400_000_000_000;

/// Notes that retention runs now; says until when it must drop nothing.
///
/// A clock that is set back ends the waiting. So does a day that is over, however long nobody ran
/// meanwhile: what is used once a week forgets as well.
pub(super) async fn held_until(
    conn: &mut PgConnection,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let held: Option<i64> = sqlx::query_scalar(
        "INSERT INTO retention_clock AS c (only_row, seen_ns, held_until_ns)
         VALUES (true, $1, NULL)
         ON CONFLICT (only_row) DO UPDATE SET seen_ns = $1, held_until_ns = CASE
             WHEN $1 >= c.held_until_ns OR $1 < c.seen_ns - $2 THEN NULL
             WHEN $1 - c.seen_ns > $2 THEN $1 + $2
             ELSE c.held_until_ns END
         RETURNING held_until_ns",
    )
    .bind(now.nanos())
    .bind(DAY_NS)
    .fetch_one(conn)
    .await?;
    Ok(held.map(Timestamp::from_nanos))
}

/// When retention ran last, and until when it drops nothing; none before the first time.
///
/// # Errors
/// When the database is away.
pub async fn state(pool: &PgPool) -> Result<Option<RetentionState>, StoreError> {
    let row: Option<(i64, Option<i64>)> =
        sqlx::query_as("SELECT seen_ns, held_until_ns FROM retention_clock")
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|(seen, held)| RetentionState {
        ran_at: Timestamp::from_nanos(seen).into(),
        held_until: held.map(|held| Timestamp::from_nanos(held).into()),
    }))
}
