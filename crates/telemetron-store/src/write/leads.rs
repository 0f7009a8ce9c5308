//! Which span leads its trace, where a batch alone cannot tell.
//!
//! Roots lead by their time, which the fold knows. Of a trace of which no root has come the span at
//! the top of the largest tree leads (`telemetron_model::fold::topmost`), whatever its clock says.
//! That is asked of the whole trace, so it is the same in whatever order its spans came.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::TraceId;

use super::fold::TraceWork;
use super::spans;
use crate::StoreError;

/// Spans up to which a trace without a root is read whole; of a larger one the earliest span leads,
/// since every batch of it would read all that is there.
const MOST_SPANS: i64 = 2_000;

/// Finds the leads; reads what was just written.
pub(super) async fn find(
    conn: &mut PgConnection,
    works: &mut [TraceWork<'_>],
) -> Result<(), StoreError> {
    for work in works
        .iter_mut()
        .filter(|work| work.lead_lost || outgrows(work))
    {
        if let Some(lead) = spans::find_lead(conn, work.row.day, work.id).await? {
            work.state.lead = Some(lead);
        }
    }
    let mut rootless: BTreeMap<NaiveDate, Vec<TraceId>> = BTreeMap::new();
    for work in works.iter().filter(|work| lacks_root(work)) {
        rootless.entry(work.row.day).or_default().push(work.id);
    }
    for (day, traces) in rootless {
        let tops = spans::topmost(conn, day, &traces).await?;
        let others = works.iter().filter(|work| work.row.day == day);
        let others = others.filter_map(|work| {
            let top = tops.get(&work.id).copied()?;
            let leads = work.state.lead.as_ref().map(|lead| lead.span_id);
            (leads != Some(top)).then_some((work.id, top))
        });
        let others: Vec<_> = others.collect();
        if others.is_empty() {
            continue;
        }
        let mut leads = spans::leads_by_id(conn, day, &others).await?;
        for work in works.iter_mut().filter(|work| work.row.day == day) {
            if let Some(lead) = leads.remove(&work.id) {
                work.state.lead = Some(lead);
                work.recounted = true;
            }
        }
    }
    Ok(())
}

/// Whether a stored trace becomes too large to be read whole: its earliest span leads again.
fn outgrows(work: &TraceWork<'_>) -> bool {
    let was_small = !work.is_new && work.row.span_count <= MOST_SPANS;
    was_small && work.state.totals.spans > MOST_SPANS
}

/// Whether no root has come of a trace, and the batch or an error may change who stands at its top.
fn lacks_root(work: &TraceWork<'_>) -> bool {
    let lead = work.state.lead.as_ref();
    let is_rootless = lead.is_some_and(|lead| lead.has_parent);
    let has_moved = work.lead_lost || !work.batch.spans.is_empty();
    is_rootless && has_moved && (2..=MOST_SPANS).contains(&work.state.totals.spans)
}
