//! Where the traces of a run hang together: roots under the spans that they link to.

use std::collections::HashMap;

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::{SpanId, TraceId};
use telemetron_view::SpanOfTrace;

use crate::StoreError;
use crate::read::Located;
use crate::read::cells::Cells;
use crate::read::scope::Joints;

/// Links of roots to spans that are stored, both in these traces; the spans that began first first.
const LINKS: &str = "SELECT l.trace_id, l.span_id, l.linked_trace_id, l.linked_span_id
     FROM trace_links AS l
     JOIN traces AS linked ON linked.trace_id = l.linked_trace_id
     CROSS JOIN LATERAL (
         SELECT FROM spans AS s
         WHERE s.day = l.day AND s.trace_id = l.trace_id AND s.span_id = l.span_id
           AND s.parent_span_id IS NULL OFFSET 0) AS root
     CROSS JOIN LATERAL (
         SELECT s.start_ns FROM spans AS s
         WHERE s.day = linked.day AND s.trace_id = l.linked_trace_id
           AND s.span_id = l.linked_span_id OFFSET 0) AS above
     WHERE l.trace_id = ANY($1) AND l.linked_trace_id = ANY($1)
     ORDER BY above.start_ns, l.linked_span_id, l.linked_trace_id";

/// Finds under which span each root hangs; `traces` are in their order.
pub(super) async fn find(pool: &PgPool, traces: &[Located]) -> Result<Joints, StoreError> {
    let mut joints = Joints::new();
    if traces.len() < 2 {
        return Ok(joints);
    }
    let ids: Vec<_> = traces
        .iter()
        .map(|trace| trace.trace_id.as_bytes().as_slice())
        .collect();
    let places: HashMap<TraceId, usize> = (0..)
        .zip(traces)
        .map(|(place, trace)| (trace.trace_id, place))
        .collect();
    let rows = sqlx::query(LINKS).bind(ids).fetch_all(pool).await?;
    for row in &rows {
        let (below, above) = link(row)?;
        let is_earlier = places.get(&above.trace_id) < places.get(&below.0);
        if is_earlier {
            joints.entry(below).or_insert(above);
        }
    }
    Ok(joints)
}

fn link(row: &PgRow) -> Result<((TraceId, SpanId), SpanOfTrace), StoreError> {
    let cells = Cells::of(row, "trace_links");
    let below = (cells.trace_id("trace_id")?, cells.span_id("span_id")?);
    let above = SpanOfTrace {
        trace_id: cells.trace_id("linked_trace_id")?,
        span_id: cells.span_id("linked_span_id")?,
    };
    Ok((below, above))
}
