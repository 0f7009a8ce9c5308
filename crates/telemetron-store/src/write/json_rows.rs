//! Rows as one JSON parameter, for the tables that get few rows a batch.
//!
//! `json_populate_recordset(NULL::table, $1)` gives them the table's own types, so that a statement
//! names columns only. Many rows go by COPY instead.

use serde::Serialize;
use sqlx::PgConnection;
use telemetron_model::json::escape_for_jsonb;

use crate::StoreError;

/// Runs a statement whose only parameter is the rows; does nothing when there are none.
///
/// Returns how many rows the statement touched.
pub(super) async fn execute<T: Serialize>(
    conn: &mut PgConnection,
    statement: &'static str,
    rows: &[T],
) -> Result<u64, StoreError> {
    if rows.is_empty() {
        return Ok(0);
    }
    let json = to_json(rows)?;
    Ok(sqlx::query(statement)
        .bind(json)
        .execute(conn)
        .await?
        .rows_affected())
}

fn to_json<T: Serialize>(rows: &[T]) -> Result<String, StoreError> {
    let json = serde_json::to_string(rows)?;
    Ok(escape_for_jsonb(&json).unwrap_or(json))
}
