//! What an operator's replay leaves behind: that a dead letter was sent again.

use sqlx::PgPool;

use crate::StoreError;

/// Notes that a dead letter was sent again; returns how often it has been by now, `None` when it is
/// gone.
///
/// # Errors
/// When the database is away.
pub async fn note(pool: &PgPool, dead_letter: i64) -> Result<Option<i32>, StoreError> {
    let replays = sqlx::query_scalar(
        "UPDATE dead_letters SET replays = replays + 1, replayed_at = now()
         WHERE id = $1 RETURNING replays",
    )
    .bind(dead_letter)
    .fetch_optional(pool)
    .await?;
    Ok(replays)
}
