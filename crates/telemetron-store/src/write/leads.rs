//! Which span leads its trace, where a batch alone cannot tell.
//!
//! Roots lead by their time, which the fold knows. Of a trace of which no root has come the span at
//! the top of the largest tree leads (`telemetron_model::fold::topmost`), whatever its clock says.
//! That is asked of the whole trace, so it is the same in whatever order its spans came.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::TraceId;

use super::fold::TraceUpdate;
use super::spans;
use crate::StoreError;

/// Spans up to which a trace without a root is read whole; of a larger one the earliest span leads,
/// since every batch of it would read all that is there.
const MOST_SPANS: i64 = 2_000;

/// Finds the leads; reads what was just written.
pub(super) async fn find(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
) -> Result<(), StoreError> {
    for update in updates
        .iter_mut()
        .filter(|update| update.lead_lost || outgrows(update))
    {
        if let Some(lead) = spans::find_lead(conn, update.row.day, update.id).await? {
            update.state.lead = Some(lead);
        }
    }
    let mut rootless: BTreeMap<NaiveDate, Vec<TraceId>> = BTreeMap::new();
    for update in updates.iter().filter(|update| lacks_root(update)) {
        rootless.entry(update.row.day).or_default().push(update.id);
    }
    for (day, traces) in rootless {
        let tops = spans::topmost(conn, day, &traces).await?;
        let others = updates.iter().filter(|update| update.row.day == day);
        let others = others.filter_map(|update| {
            let top = tops.get(&update.id).copied()?;
            let leads = update.state.lead.as_ref().map(|lead| lead.span_id);
            (leads != Some(top)).then_some((update.id, top))
        });
        let others: Vec<_> = others.collect();
        if others.is_empty() {
            continue;
        }
        let mut leads = spans::leads_by_id(conn, day, &others).await?;
        for update in updates.iter_mut().filter(|update| update.row.day == day) {
            if let Some(lead) = leads.remove(&update.id) {
                update.state.lead = Some(lead);
                update.changed_since_insert = true;
            }
        }
    }
    Ok(())
}

/// Whether a stored trace becomes too large to be read whole: its earliest span leads again.
fn outgrows(update: &TraceUpdate<'_>) -> bool {
    let was_small = !update.is_new && update.row.span_count <= MOST_SPANS;
    was_small && update.state.totals.spans > MOST_SPANS
}

/// Whether no root has come of a trace, and the batch or an error may change who stands at its top.
fn lacks_root(update: &TraceUpdate<'_>) -> bool {
    let lead = update.state.lead.as_ref();
    let is_rootless = lead.is_some_and(|lead| lead.has_parent);
    let has_moved = update.lead_lost || !update.batch.spans.is_empty();
    is_rootless && has_moved && (2..=MOST_SPANS).contains(&update.state.totals.spans)
}
