//! Two sides of a call that bear one id, where one is stored and the other comes.
//!
//! The called side goes below the caller, under an id of its own: on its way in when the caller is
//! stored, by moving its rows when the caller comes second. What it owes to those above it is settled
//! with everything else that a new span turns.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use telemetron_model::fold::sides::{Side, called_id};
use telemetron_model::{SpanId, TraceId};

use super::fold::TraceUpdate;
use super::spans::{SpanKey, by_day, columns, span_of, trace_of};
use crate::StoreError;

/// Which spans of a batch are the other side of what is stored under their id.
#[derive(Debug, Default)]
pub(super) struct Sides {
    /// Come as the called side of a stored caller.
    pub(super) called: HashSet<(TraceId, SpanId)>,
    /// Traces of which a stored called side was moved.
    pub(super) moved: HashSet<TraceId>,
    /// What those sides stood below before.
    pub(super) left: Vec<SpanKey>,
}

/// Looks for the other sides of what the batch brings, and moves those that must make room.
pub(super) async fn separate(
    conn: &mut PgConnection,
    updates: &[TraceUpdate<'_>],
) -> Result<Sides, StoreError> {
    let mut coming: HashMap<(TraceId, SpanId), (SpanKey, Side)> = HashMap::new();
    for update in updates.iter().filter(|update| !update.is_new) {
        for (id, source) in &update.batch.spans {
            if let Some(side) = Side::of(&source.slot.state.body) {
                let key = SpanKey::at(update.row.day, (update.id, *id));
                coming.insert(key.place(), (key, side));
            }
        }
    }
    let keys: Vec<_> = coming.values().map(|(key, _)| *key).collect();
    let mut sides = Sides::default();
    let mut to_move = Vec::new();
    let mut parents = HashMap::new();
    for (place, stored, parent) in stored(conn, &keys).await? {
        parents.extend(parent.map(|parent| (place, parent)));
        match coming.get(&place) {
            Some((_, Side::Called)) if stored == Side::Caller => {
                sides.called.insert(place);
            }
            Some((key, Side::Caller)) if stored == Side::Called => to_move.push(*key),
            _ => {}
        }
    }
    let to_move = with_room(conn, to_move).await?;
    make_room(conn, &to_move).await?;
    sides.moved.extend(to_move.iter().map(|key| key.trace_id));
    let left = |key: &SpanKey| {
        let span_id = *parents.get(&key.place())?;
        Some(SpanKey { span_id, ..*key })
    };
    sides.left.extend(to_move.iter().filter_map(left));
    Ok(sides)
}

/// A place, the side that is stored there, and what it stands below.
type StoredSide = ((TraceId, SpanId), Side, Option<SpanId>);

/// A row of it, with the kind of the span in OTLP.
type SideRow = (Vec<u8>, Vec<u8>, Option<String>, Option<Vec<u8>>);

/// The sides that are stored under these keys.
async fn stored(conn: &mut PgConnection, keys: &[SpanKey]) -> Result<Vec<StoredSide>, StoreError> {
    let mut found = Vec::new();
    for (day, keys) in by_day(keys) {
        let (traces, spans) = columns(&keys);
        let rows: Vec<SideRow> = sqlx::query_as(
            "SELECT s.trace_id, s.span_id, s.attributes #>> '{otel.span,kind}', s.parent_span_id
             FROM UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
             CROSS JOIN LATERAL (
               SELECT * FROM spans s WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id OFFSET 0) s",
        )
        .bind(day)
        .bind(&traces)
        .bind(&spans)
        .fetch_all(&mut *conn)
        .await?;
        for (trace, span, kind, parent) in rows {
            let kind = kind.and_then(|kind| kind.parse().ok());
            if let Some(side) = kind.and_then(Side::of_kind) {
                let parent = parent.as_deref().map(span_of).transpose()?;
                found.push(((trace_of(&trace)?, span_of(&span)?), side, parent));
            }
        }
    }
    Ok(found)
}

/// The keys under whose called id nothing is stored yet.
async fn with_room(
    conn: &mut PgConnection,
    mut keys: Vec<SpanKey>,
) -> Result<Vec<SpanKey>, StoreError> {
    let called = |key: &SpanKey| SpanKey {
        span_id: called_id(key.span_id),
        ..*key
    };
    let wanted: Vec<_> = keys.iter().map(called).collect();
    let taken = super::spans::load(conn, &wanted).await?;
    keys.retain(|key| !taken.contains_key(&(key.trace_id, called_id(key.span_id))));
    Ok(keys)
}

/// Moves the rows of called sides to ids of their own, below their callers.
async fn make_room(conn: &mut PgConnection, keys: &[SpanKey]) -> Result<(), StoreError> {
    const SPANS: &str = "UPDATE spans s SET span_id = k.called, parent_span_id = k.span_id
         FROM UNNEST($2::bytea[], $3::bytea[], $4::bytea[]) AS k (trace_id, span_id, called)
         CROSS JOIN LATERAL (
           SELECT ctid AS place FROM spans f
           WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.span_id = k.span_id OFFSET 0) f
         WHERE s.day = $1 AND s.ctid = f.place";
    const LLM: &str = "UPDATE llm_calls s SET span_id = k.called
         FROM UNNEST($2::bytea[], $3::bytea[], $4::bytea[]) AS k (trace_id, span_id, called)
         CROSS JOIN LATERAL (
           SELECT ctid AS place FROM llm_calls f
           WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.span_id = k.span_id OFFSET 0) f
         WHERE s.day = $1 AND s.ctid = f.place";
    const TOOL: &str = "UPDATE tool_calls s SET span_id = k.called
         FROM UNNEST($2::bytea[], $3::bytea[], $4::bytea[]) AS k (trace_id, span_id, called)
         CROSS JOIN LATERAL (
           SELECT ctid AS place FROM tool_calls f
           WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.span_id = k.span_id OFFSET 0) f
         WHERE s.day = $1 AND s.ctid = f.place";
    for (day, keys) in by_day(keys) {
        let (traces, spans) = columns(&keys);
        let called: Vec<_> = keys.iter().map(|key| called_id(key.span_id)).collect();
        let called: Vec<_> = called.iter().map(SpanId::as_bytes).collect();
        for statement in [SPANS, LLM, TOOL] {
            sqlx::query(statement)
                .bind(day)
                .bind(&traces)
                .bind(&spans)
                .bind(&called)
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}
