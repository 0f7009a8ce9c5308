//! Rows as one JSON parameter, for the tables that get few rows a batch.
//!
//! `json_populate_recordset(NULL::table, $1)` gives them the table's own types, so that a statement
//! names columns only. Many rows go by COPY instead.

use serde::{Serialize, Serializer};
use sqlx::PgConnection;
use telemetron_model::json::escape_for_jsonb;

use crate::StoreError;

/// Bytes that Postgres reads from JSON as `bytea`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub(super) struct Bytea(pub(super) Vec<u8>);

impl Serialize for Bytea {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(2 + self.0.len() * 2);
        text.push_str("\\x");
        for byte in &self.0 {
            write!(text, "{byte:02x}").map_err(serde::ser::Error::custom)?;
        }
        serializer.serialize_str(&text)
    }
}

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
