//! What a batch makes of traces and their spans.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::fold::sides::called_id;
use telemetron_model::fold::{Change, Folded, Outcome, Report, Rollup, Totals, TraceState};
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::batch::{SpanSlot, TraceBatch, outline};
use super::derive::{self, Derived, Rederived};
use super::sides;
use super::span_update::{Incoming, SpanUpdate};
use super::spans::{self, SpanKey, SpanRows, Touched};
use super::texts::TextRows;
use super::{Batch, Tally, blamed, children, hints, leads, links, traces};
use crate::StoreError;
use crate::refused::Refusals;
use crate::tables::{ReportRow, TraceRow};

/// A trace of the batch on its way from its stored state to its new one.
pub(super) struct TraceUpdate<'b> {
    pub(super) id: TraceId,
    pub(super) batch: &'b TraceBatch,
    pub(super) row: TraceRow,
    pub(super) is_new: bool,
    pub(super) state: TraceState,
    described: bool,
    pub(super) lead_lost: bool,
    /// Whether something of it was found out since its row was inserted.
    pub(super) changed_since_insert: bool,
}

/// Folds the traces of a batch into the store.
pub(super) async fn traces(
    conn: &mut PgConnection,
    batch: &Batch,
    tallies: &mut [Tally],
    rollup: &mut Rollup,
    refusals: &mut Refusals,
) -> Result<(), StoreError> {
    let mut updates = lock_traces(conn, batch).await?;
    let stored: HashSet<_> = updates
        .iter()
        .filter(|update| !update.is_new)
        .map(|update| update.id)
        .collect();
    let (mut spans, left) = join_spans(conn, &mut updates, tallies).await?;
    let rederived = derive::resolve(conn, &mut spans, &left, |id| stored.contains(id)).await?;
    let children = children::join(conn, &mut updates, tallies).await?;
    let before: Vec<_> = updates
        .iter()
        .map(RollupEntry::before)
        .collect::<Result<_, _>>()?;
    fold_spans(&mut updates, &spans, rollup);
    let flags = fold_rederived(conn, &mut updates, rederived, rollup).await?;
    fold_reports(&mut updates, tallies);
    insert_new(conn, &mut updates).await?;
    write_spans(conn, &spans, flags, refusals).await?;
    children.write(conn, refusals).await?;
    blamed::settle(conn, &mut updates, rollup).await?;
    links::write(conn, &updates).await?;
    hints::settle(conn, &mut updates).await?;
    leads::find(conn, &mut updates).await?;
    find_deaths(conn, &mut updates).await?;
    write_traces(conn, &mut updates).await?;
    for (update, before) in updates.iter().zip(before) {
        roll_up_trace(update, before, rollup);
    }
    Ok(())
}

async fn lock_traces<'b>(
    conn: &mut PgConnection,
    batch: &'b Batch,
) -> Result<Vec<TraceUpdate<'b>>, StoreError> {
    let mut rows = traces::lock(conn, batch.traces.keys()).await?;
    let absent = batch.traces.keys().filter(|id| !rows.contains_key(id));
    let dropped = traces::dropped(conn, absent).await?;
    let update = |(id, batch): (&TraceId, &'b TraceBatch)| {
        let stored = rows.remove(id);
        let is_new = stored.is_none();
        let row =
            stored.unwrap_or_else(|| TraceRow::absent(*id, batch.first_seen, dropped.contains(id)));
        let state = row.state()?;
        Ok(TraceUpdate {
            id: *id,
            batch,
            row,
            is_new,
            state,
            described: false,
            lead_lost: false,
            changed_since_insert: false,
        })
    };
    batch.traces.iter().map(update).collect()
}

const fn key_of(update: &TraceUpdate<'_>, span_id: SpanId) -> SpanKey {
    SpanKey {
        day: update.row.day,
        trace_id: update.id,
        span_id,
    }
}

/// Joins what the batch says of each span into what is stored of it; returns also what the called
/// sides stood below that had to make room.
async fn join_spans<'b>(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'b>],
    tallies: &mut [Tally],
) -> Result<(Vec<SpanUpdate<'b>>, Vec<SpanKey>), StoreError> {
    let sides = sides::separate(conn, updates).await?;
    for update in updates.iter_mut() {
        update.lead_lost |= sides.moved.contains(&update.id);
    }
    let told = |update: &TraceUpdate<'b>, (id, source): (&SpanId, &'b SpanSlot)| {
        if !sides.called.contains(&(update.id, *id)) {
            return (key_of(update, *id), Incoming::Whole(source));
        }
        let called = Box::new(source.clone().called());
        (key_of(update, called_id(*id)), Incoming::Called(called))
    };
    let mut sources = Vec::new();
    for update in updates.iter() {
        let first = sources.len();
        sources.extend(update.batch.spans.iter().map(|span| told(update, span)));
        sources[first..].sort_unstable_by_key(|(key, _)| key.span_id);
    }
    let is_new: HashSet<_> = updates
        .iter()
        .filter(|update| update.is_new)
        .map(|update| update.id)
        .collect();
    let keys = sources.iter().map(|(key, _)| *key);
    let keys: Vec<_> = keys.filter(|key| !is_new.contains(&key.trace_id)).collect();
    let mut stored = spans::load(conn, &keys).await?;
    let mut spans = Vec::new();
    for (key, source) in sources {
        let before = stored.remove(&key.place());
        source
            .slot
            .tally(before.as_ref().map(|span| span.outline.clone()), tallies);
        spans.push(SpanUpdate::join(key, source, before));
    }
    Ok((spans, sides.left))
}

/// Moves the sums of traces and minutes by what the spans changed.
fn fold_spans(updates: &mut [TraceUpdate<'_>], spans: &[SpanUpdate<'_>], rollup: &mut Rollup) {
    let mut updates = updates.iter_mut().peekable();
    for span in spans.iter().filter(|span| !span.is_unchanged()) {
        while updates
            .next_if(|update| update.id != span.key.trace_id)
            .is_some()
        {}
        debug_assert!(
            updates.peek().is_some(),
            "spans come in the order of the traces of their batch"
        );
        let Some(update) = updates.peek_mut() else {
            return;
        };
        let before = span
            .before
            .as_ref()
            .map(|before| (&before.facts, before.counts));
        if let Some((facts, counts)) = before {
            rollup.span(facts, counts, -1);
        }
        rollup.span(&span.facts, span.counts, 1);
        let lead = span.lead();
        let now = (&span.facts, span.counts);
        let kept = update
            .state
            .span(before, now, span.source.believed_end, lead);
        update.lead_lost |= !kept;
    }
}

/// Moves the sums by what untouched spans owe now: tokens that count or no longer do, another agent.
async fn fold_rederived(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
    rederived: Vec<Rederived>,
    rollup: &mut Rollup,
) -> Result<Vec<Touched>, StoreError> {
    let keys: Vec<_> = rederived.iter().map(|span| span.key).collect();
    let mut stored = spans::load(conn, &keys).await?;
    let places: HashMap<_, _> = updates
        .iter()
        .enumerate()
        .map(|(place, update)| (update.id, place))
        .collect();
    let mut flags = Vec::new();
    for Rederived { key, derived } in rederived {
        let (Some(mut span), Some(place)) =
            (stored.remove(&key.place()), places.get(&key.trace_id))
        else {
            continue;
        };
        let Derived { counts, inherited } = derived;
        let totals = &mut updates[*place].state.totals;
        totals.subtract(&Totals::of(&span.facts, span.counts));
        totals.add(&Totals::of(&span.facts, counts));
        rollup.span(&span.facts, span.counts, -1);
        span.facts.inherited = inherited;
        rollup.span(&span.facts, counts, 1);
        flags.push(Touched {
            key,
            start: span.facts.start,
            end: span.facts.end,
            counts,
            inherited: span.facts.inherited,
        });
    }
    Ok(flags)
}

fn fold_reports(updates: &mut [TraceUpdate<'_>], tallies: &mut [Tally]) {
    for update in updates {
        update.state.belonging.join(&update.batch.belonging);
        let Some(slot) = &update.batch.report else {
            continue;
        };
        let before = update.state.report.map(|report| Folded {
            rank: report.rank,
            start: report.start,
            end: report.end,
            body: (),
        });
        slot.tally(before, tallies);
        let Folded {
            rank, start, end, ..
        } = outline(&slot.state);
        update.described = update.state.reported(Report { rank, start, end }) == Change::Body;
    }
}

/// Inserts the rows of new traces before anything below them: whoever loses a race for a trace
/// finds out here.
async fn insert_new(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for update in updates.iter_mut().filter(|update| update.is_new) {
        update.settle();
        rows.push(update.row.clone());
    }
    traces::insert(conn, &rows).await
}

async fn write_spans(
    conn: &mut PgConnection,
    spans: &[SpanUpdate<'_>],
    mut touched: Vec<Touched>,
    refusals: &mut Refusals,
) -> Result<(), StoreError> {
    let (mut rows, mut texts) = (SpanRows::new(), TextRows::new());
    let (mut replaced, mut with_calls) = (Vec::new(), Vec::new());
    for span in spans.iter().filter(|span| !span.is_unchanged()) {
        if span.change != Change::Body {
            let Folded { start, end, .. } = span.state;
            touched.push(Touched {
                key: span.key,
                start,
                end,
                counts: span.counts,
                inherited: span.facts.inherited.clone(),
            });
            continue;
        }
        if let Some(before) = &span.before {
            replaced.push(span.key);
            if !before.facts.calls.is_empty() {
                with_calls.push(span.key);
            }
        }
        let Folded {
            rank, start, end, ..
        } = span.state;
        let state = Folded {
            rank,
            start,
            end,
            body: span.source.slot.state.body.as_ref(),
        };
        let inherited = span.facts.inherited.as_deref();
        if span.source.is_shown() {
            texts.span(span.key, &span.source.marks);
        }
        rows.add(
            span.key,
            &state,
            &span.source.payloads,
            (span.counts, inherited),
        );
    }
    spans::delete(conn, &replaced, &with_calls).await?;
    rows.send(conn, refusals).await?;
    texts.send(conn).await?;
    spans::touch(conn, &touched).await
}

/// Finds traces that died although their lead says otherwise; reads what was just written.
async fn find_deaths(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
) -> Result<(), StoreError> {
    let mut asked: BTreeMap<NaiveDate, Vec<TraceId>> = BTreeMap::new();
    for update in updates.iter().filter(|update| update.state.may_have_died()) {
        asked.entry(update.row.day).or_default().push(update.id);
    }
    let mut died = HashSet::new();
    for (day, traces) in asked {
        died.extend(spans::died(conn, day, &traces).await?);
    }
    for update in updates
        .iter_mut()
        .filter(|update| died.contains(&update.id))
    {
        update.state.died = true;
        update.changed_since_insert = true;
    }
    Ok(())
}

async fn write_traces(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
) -> Result<(), StoreError> {
    let (mut reports, mut rows) = (Vec::new(), Vec::new());
    let mut texts = TextRows::new();
    for update in updates.iter_mut() {
        if !update.is_new || update.changed_since_insert {
            update.settle();
            rows.push(update.row.clone());
        }
        if let Some(slot) = update.batch.report.as_ref().filter(|_| update.described) {
            texts.trace(update.row.day, &slot.state.body);
            reports.push(ReportRow::of(&slot.state.body)?);
        }
    }
    traces::update(conn, &rows).await?;
    traces::describe(conn, &reports).await?;
    texts.send(conn).await
}

impl TraceUpdate<'_> {
    fn outcome(&self) -> Outcome {
        self.state
            .outcome(Timestamp::from_nanos(self.row.first_seen_ns))
    }

    /// Writes the state into the row.
    fn settle(&mut self) {
        let outcome = self.outcome();
        self.row.last_seen_ns = self.row.last_seen_ns.max(self.batch.last_seen.nanos());
        self.row.set(self.state.clone(), outcome);
    }
}

/// How a trace stands in the roll-ups.
struct RollupEntry {
    outcome: Outcome,
    project: String,
    agent: String,
}

impl RollupEntry {
    /// How it is stored: what the roll-ups hold of it, whatever version counted it.
    fn before(update: &TraceUpdate<'_>) -> Result<Option<Self>, StoreError> {
        let stored =
            (!update.is_new && !update.state.is_bookkeeping()).then(|| update.row.outcome());
        let stored = stored.transpose()?;
        Ok(stored.map(|outcome| Self::with(update, outcome)))
    }

    fn now(update: &TraceUpdate<'_>) -> Option<Self> {
        (!update.state.is_bookkeeping()).then(|| Self::with(update, update.outcome()))
    }

    fn with(update: &TraceUpdate<'_>, outcome: Outcome) -> Self {
        let agent = update
            .state
            .lead
            .as_ref()
            .and_then(|lead| lead.agent.clone());
        Self {
            outcome,
            project: update
                .state
                .belonging
                .project
                .as_ref()
                .map(|claim| claim.value.clone())
                .unwrap_or_default(),
            agent: agent.unwrap_or_default(),
        }
    }

    fn roll_up(&self, rollup: &mut Rollup, sign: i64) {
        let Outcome { status, start, end } = self.outcome;
        let duration = end.map(|end| end.since(start));
        rollup.trace(start, &self.project, &self.agent, status, duration, sign);
    }
}

fn roll_up_trace(update: &TraceUpdate<'_>, before: Option<RollupEntry>, rollup: &mut Rollup) {
    if let Some(before) = before {
        before.roll_up(rollup, -1);
    }
    if let Some(now) = RollupEntry::now(update) {
        now.roll_up(rollup, 1);
    }
}
