//! What a batch makes of traces and their spans.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::fold::sides::called_id;
use telemetron_model::fold::{Change, Folded, Outcome, Report, Rollup, Totals, TraceState};
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::batch::{SpanSlot, TraceBatch, outline};
use super::recount::{self, Owed, Turned};
use super::sides;
use super::span_work::{SpanWork, Told};
use super::spans::{self, SpanKey, SpanRows, Touched};
use super::texts::TextRows;
use super::{Batch, Tally, blamed, children, hints, leads, links, traces};
use crate::StoreError;
use crate::refused::Refusals;
use crate::tables::{ReportRow, TraceRow};

/// A trace of the batch on its way from its stored state to its new one.
pub(super) struct TraceWork<'b> {
    pub(super) id: TraceId,
    pub(super) batch: &'b TraceBatch,
    pub(super) row: TraceRow,
    pub(super) is_new: bool,
    pub(super) state: TraceState,
    described: bool,
    pub(super) lead_lost: bool,
    /// Whether something of it was found out since its row was inserted.
    pub(super) recounted: bool,
}

/// Folds the traces of a batch into the store.
pub(super) async fn traces(
    conn: &mut PgConnection,
    batch: &Batch,
    tallies: &mut [Tally],
    rollup: &mut Rollup,
    refusals: &mut Refusals,
) -> Result<(), StoreError> {
    let mut works = lock_traces(conn, batch).await?;
    let stored: HashSet<_> = works
        .iter()
        .filter(|work| !work.is_new)
        .map(|work| work.id)
        .collect();
    let (mut spans, left) = join_spans(conn, &mut works, tallies).await?;
    let turned = recount::resolve(conn, &mut spans, &left, |id| stored.contains(id)).await?;
    let children = children::join(conn, &mut works, tallies).await?;
    let before: Vec<_> = works
        .iter()
        .map(Standing::before)
        .collect::<Result<_, _>>()?;
    fold_spans(&mut works, &spans, rollup);
    let flags = fold_turned(conn, &mut works, turned, rollup).await?;
    fold_reports(&mut works, tallies);
    insert_new(conn, &mut works).await?;
    write_spans(conn, &spans, flags, refusals).await?;
    children.write(conn, refusals).await?;
    blamed::settle(conn, &mut works, rollup).await?;
    links::write(conn, &works).await?;
    hints::settle(conn, &mut works).await?;
    leads::find(conn, &mut works).await?;
    find_deaths(conn, &mut works).await?;
    write_traces(conn, &mut works).await?;
    for (work, before) in works.iter().zip(before) {
        roll_up_trace(work, before, rollup);
    }
    Ok(())
}

async fn lock_traces<'b>(
    conn: &mut PgConnection,
    batch: &'b Batch,
) -> Result<Vec<TraceWork<'b>>, StoreError> {
    let mut rows = traces::lock(conn, batch.traces.keys()).await?;
    let absent = batch.traces.keys().filter(|id| !rows.contains_key(id));
    let dropped = traces::dropped(conn, absent).await?;
    let work = |(id, batch): (&TraceId, &'b TraceBatch)| {
        let stored = rows.remove(id);
        let is_new = stored.is_none();
        let row =
            stored.unwrap_or_else(|| TraceRow::absent(*id, batch.first_seen, dropped.contains(id)));
        let state = row.state()?;
        Ok(TraceWork {
            id: *id,
            batch,
            row,
            is_new,
            state,
            described: false,
            lead_lost: false,
            recounted: false,
        })
    };
    batch.traces.iter().map(work).collect()
}

/// Joins what the batch says of each span into what is stored of it; returns also what the called
/// sides stood below that had to make room.
async fn join_spans<'b>(
    conn: &mut PgConnection,
    works: &mut [TraceWork<'b>],
    tallies: &mut [Tally],
) -> Result<(Vec<SpanWork<'b>>, Vec<SpanKey>), StoreError> {
    let sides = sides::separate(conn, works).await?;
    for work in works.iter_mut() {
        work.lead_lost |= sides.moved.contains(&work.id);
    }
    let told = |work: &TraceWork<'b>, (id, source): (&SpanId, &'b SpanSlot)| {
        if !sides.called.contains(&(work.id, *id)) {
            return ((work.row.day, work.id, *id), Told::Whole(source));
        }
        let called = Box::new(source.clone().called());
        let key = (work.row.day, work.id, called_id(*id));
        (key, Told::Called(called))
    };
    let mut sources = Vec::new();
    for work in works.iter() {
        let first = sources.len();
        sources.extend(work.batch.spans.iter().map(|span| told(work, span)));
        sources[first..].sort_unstable_by_key(|(key, _)| key.2);
    }
    let is_new: HashSet<_> = works
        .iter()
        .filter(|work| work.is_new)
        .map(|work| work.id)
        .collect();
    let keys = sources.iter().map(|(key, _)| *key);
    let keys: Vec<_> = keys.filter(|key| !is_new.contains(&key.1)).collect();
    let mut stored = spans::load(conn, &keys).await?;
    let mut spans = Vec::new();
    for (key, source) in sources {
        let before = stored.remove(&(key.1, key.2));
        source
            .slot
            .tally(before.as_ref().map(|span| span.outline.clone()), tallies);
        spans.push(SpanWork::join(key, source, before));
    }
    Ok((spans, sides.left))
}

/// Moves the sums of traces and minutes by what the spans changed.
fn fold_spans(works: &mut [TraceWork<'_>], spans: &[SpanWork<'_>], rollup: &mut Rollup) {
    let mut works = works.iter_mut().peekable();
    for span in spans.iter().filter(|span| !span.is_unchanged()) {
        while works.next_if(|work| work.id != span.key.1).is_some() {}
        let Some(work) = works.peek_mut() else { return };
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
        let kept = work.state.span(before, now, span.source.believed_end, lead);
        work.lead_lost |= !kept;
    }
}

/// Moves the sums by what untouched spans owe now: tokens that count or no longer do, another agent.
async fn fold_turned(
    conn: &mut PgConnection,
    works: &mut [TraceWork<'_>],
    turned: Vec<Turned>,
    rollup: &mut Rollup,
) -> Result<Vec<Touched>, StoreError> {
    let keys: Vec<_> = turned.iter().map(|span| span.key).collect();
    let mut stored = spans::load(conn, &keys).await?;
    let places: HashMap<_, _> = works
        .iter()
        .enumerate()
        .map(|(place, work)| (work.id, place))
        .collect();
    let mut flags = Vec::new();
    for Turned { key, owed } in turned {
        let (Some(mut span), Some(place)) = (stored.remove(&(key.1, key.2)), places.get(&key.1))
        else {
            continue;
        };
        let Owed { counts, inherited } = owed;
        let totals = &mut works[*place].state.totals;
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

fn fold_reports(works: &mut [TraceWork<'_>], tallies: &mut [Tally]) {
    for work in works {
        work.state.belonging.join(&work.batch.belonging);
        let Some(slot) = &work.batch.report else {
            continue;
        };
        let before = work.state.report.map(|report| Folded {
            rank: report.rank,
            start: report.start,
            end: report.end,
            body: (),
        });
        slot.tally(before, tallies);
        let Folded {
            rank, start, end, ..
        } = outline(&slot.state);
        work.described = work.state.reported(Report { rank, start, end }) == Change::Body;
    }
}

/// Inserts the rows of new traces before anything below them: whoever loses a race for a trace
/// finds out here.
async fn insert_new(
    conn: &mut PgConnection,
    works: &mut [TraceWork<'_>],
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for work in works.iter_mut().filter(|work| work.is_new) {
        work.settle();
        rows.push(work.row.clone());
    }
    traces::insert(conn, &rows).await
}

async fn write_spans(
    conn: &mut PgConnection,
    spans: &[SpanWork<'_>],
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
    works: &mut [TraceWork<'_>],
) -> Result<(), StoreError> {
    let mut asked: BTreeMap<NaiveDate, Vec<TraceId>> = BTreeMap::new();
    for work in works.iter().filter(|work| work.state.may_have_died()) {
        asked.entry(work.row.day).or_default().push(work.id);
    }
    let mut died = HashSet::new();
    for (day, traces) in asked {
        died.extend(spans::died(conn, day, &traces).await?);
    }
    for work in works.iter_mut().filter(|work| died.contains(&work.id)) {
        work.state.died = true;
        work.recounted = true;
    }
    Ok(())
}

async fn write_traces(
    conn: &mut PgConnection,
    works: &mut [TraceWork<'_>],
) -> Result<(), StoreError> {
    let (mut reports, mut rows) = (Vec::new(), Vec::new());
    let mut texts = TextRows::new();
    for work in works.iter_mut() {
        if !work.is_new || work.recounted {
            work.settle();
            rows.push(work.row.clone());
        }
        if let Some(slot) = work.batch.report.as_ref().filter(|_| work.described) {
            texts.trace(work.row.day, &slot.state.body);
            reports.push(ReportRow::of(&slot.state.body)?);
        }
    }
    traces::update(conn, &rows).await?;
    traces::describe(conn, &reports).await?;
    texts.send(conn).await
}

impl TraceWork<'_> {
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
struct Standing {
    outcome: Outcome,
    project: String,
    agent: String,
}

impl Standing {
    /// How it is stored: what the roll-ups hold of it, whatever version counted it.
    fn before(work: &TraceWork<'_>) -> Result<Option<Self>, StoreError> {
        let stored = (!work.is_new && !work.state.is_bookkeeping()).then(|| work.row.outcome());
        let stored = stored.transpose()?;
        Ok(stored.map(|outcome| Self::with(work, outcome)))
    }

    fn now(work: &TraceWork<'_>) -> Option<Self> {
        (!work.state.is_bookkeeping()).then(|| Self::with(work, work.outcome()))
    }

    fn with(work: &TraceWork<'_>, outcome: Outcome) -> Self {
        let agent = work.state.lead.as_ref().and_then(|lead| lead.agent.clone());
        Self {
            outcome,
            project: work
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

fn roll_up_trace(work: &TraceWork<'_>, before: Option<Standing>, rollup: &mut Rollup) {
    if let Some(before) = before {
        before.roll_up(rollup, -1);
    }
    if let Some(now) = Standing::now(work) {
        now.roll_up(rollup, 1);
    }
}
