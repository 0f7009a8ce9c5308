//! Rows of `traces`: locked in id order, inserted when absent, changed when not.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use telemetron_model::TraceId;

use super::json_rows;
use crate::StoreError;
use crate::copy::Rows;
use crate::refused::Refusals;
use crate::tables::{ReportRow, TraceRow};

/// Locks those of these traces that are stored, in id order, and reads their state.
pub(super) async fn lock(
    conn: &mut PgConnection,
    ids: impl Iterator<Item = &TraceId>,
) -> Result<HashMap<TraceId, TraceRow>, StoreError> {
    let ids: Vec<_> = ids.map(|id| id.as_bytes().as_slice()).collect();
    let rows: Vec<TraceRow> = sqlx::query_as(concat!(
        "SELECT ",
        trace_columns!(),
        " FROM traces WHERE trace_id = ANY($1) ORDER BY trace_id FOR UPDATE"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.trace_id()?, row)))
        .collect()
}

/// Those of these traces of which retention dropped an earlier part.
pub(super) async fn dropped(
    conn: &mut PgConnection,
    ids: impl Iterator<Item = &TraceId>,
) -> Result<HashSet<TraceId>, StoreError> {
    let ids: Vec<_> = ids.map(|id| id.as_bytes().as_slice()).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT trace_id FROM dropped_traces WHERE trace_id = ANY($1)")
            .bind(&ids)
            .fetch_all(conn)
            .await?;
    Ok(rows
        .iter()
        .filter_map(|(id,)| TraceId::from_slice(id).ok())
        .collect())
}

/// Inserts traces that were absent.
///
/// # Errors
/// [`StoreError::Raced`] when another consumer inserted one of them meanwhile: it was absent when
/// the batch locked its traces, so its key is taken now.
pub(super) async fn insert(conn: &mut PgConnection, rows: &[TraceRow]) -> Result<(), StoreError> {
    let mut copy = Rows::of::<TraceRow>();
    for row in rows {
        // A trace is made of many records: none of them alone is refused.
        copy.add(0, row);
    }
    copy.send(conn, &mut Refusals::Fail).await
}

/// Writes the state of traces that were stored.
pub(super) async fn update(conn: &mut PgConnection, rows: &[TraceRow]) -> Result<(), StoreError> {
    json_rows::execute(conn, TraceRow::UPDATE, rows).await?;
    Ok(())
}

/// Writes what the record that describes a trace now says.
pub(super) async fn describe(
    conn: &mut PgConnection,
    rows: &[ReportRow],
) -> Result<(), StoreError> {
    json_rows::execute(conn, ReportRow::UPDATE, rows).await?;
    Ok(())
}
