//! Which handoffs of a trace stand, once its spans are written.
//!
//! The rule itself is `telemetron_model::fold::handoffs`. Only traces with hints among their handoffs
//! are looked through, and only when a batch brings them spans or handoffs: two queries for all of
//! them, a third where siblings hand on to each other, and a fourth where only the order of agents
//! tells.

mod rows;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::fold::handoffs::{self, Turn};
use telemetron_model::record::HandoffRule;
use telemetron_model::{SpanId, TraceId};

use super::fold::TraceUpdate;
use crate::StoreError;
use rows::{Places, StatedRow};

/// Writes which handoffs stand, and counts them.
pub(super) async fn settle(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
) -> Result<(), StoreError> {
    let mut days: BTreeMap<NaiveDate, Vec<&mut TraceUpdate<'_>>> = BTreeMap::new();
    for update in updates.iter_mut().filter(|update| concerns(update)) {
        days.entry(update.row.day).or_default().push(update);
    }
    for (day, updates) in days {
        let traces: Vec<_> = updates.iter().map(|update| update.id).collect();
        let mut stated = rows::stated(conn, day, &traces).await?;
        let mut places = HashMap::new();
        rows::places(conn, day, &pointed_to(&stated), &mut places).await?;
        rows::siblings(conn, day, &parents(&stated, &places), &mut places).await?;
        let mut turns = rows::turns(conn, day, &asking_for_turns(&stated, &places)).await?;
        let mut changed = Vec::new();
        for update in updates {
            let stated = stated.remove(&update.id).unwrap_or_default();
            let places = places.remove(&update.id).unwrap_or_default();
            let turns = turns.remove(&update.id).unwrap_or_default();
            changed.extend(decide(update, stated, &places, &turns));
        }
        rows::write(conn, day, &changed).await?;
    }
    Ok(())
}

/// Whether the batch may change what stands of a trace's hints.
fn concerns(update: &TraceUpdate<'_>) -> bool {
    let handoffs = &update.batch.handoffs;
    let has = update.row.hint_count > 0 || handoffs.values().any(|stated| stated.record.is_hint());
    has && !(update.batch.spans.is_empty() && handoffs.is_empty())
}

/// The spans that have to say who hands on.
fn pointed_to(stated: &HashMap<TraceId, Vec<StatedRow>>) -> Vec<(TraceId, SpanId)> {
    unique(anonymous(stated).filter_map(|(trace, stated)| Some((trace, stated.span?))))
}

/// The parents whose agent spans may have handed on to each other.
fn parents(
    stated: &HashMap<TraceId, Vec<StatedRow>>,
    places: &HashMap<TraceId, Places>,
) -> Vec<(TraceId, SpanId)> {
    let sibling = Some(HandoffRule::SiblingAgents.as_str());
    let siblings = anonymous(stated).filter(|(_, stated)| stated.rule.as_deref() == sibling);
    let parent = |(trace, stated): (TraceId, &StatedRow)| {
        let place = places.get(&trace)?.get(&stated.span?)?;
        Some((trace, place.parent?))
    };
    unique(siblings.filter_map(parent))
}

/// The traces whose hints do not say to whom, or have nobody around them.
fn asking_for_turns(
    stated: &HashMap<TraceId, Vec<StatedRow>>,
    places: &HashMap<TraceId, Places>,
) -> Vec<TraceId> {
    let nothing = Places::new();
    let asks = |(trace, stated): &(&TraceId, &Vec<StatedRow>)| {
        let places = places.get(trace).unwrap_or(&nothing);
        let mut stated = stated.iter();
        stated.any(|stated| handoffs::needs_turns(&stated.as_stated(), places))
    };
    stated
        .iter()
        .filter(asks)
        .map(|(trace, _)| *trace)
        .collect()
}

/// Those that do not name their source.
fn anonymous(
    stated: &HashMap<TraceId, Vec<StatedRow>>,
) -> impl Iterator<Item = (TraceId, &StatedRow)> {
    stated
        .iter()
        .flat_map(|(trace, stated)| stated.iter().map(|stated| (*trace, stated)))
        .filter(|(_, stated)| stated.source.is_none())
}

fn unique(spans: impl Iterator<Item = (TraceId, SpanId)>) -> Vec<(TraceId, SpanId)> {
    let mut spans: Vec<_> = spans.collect();
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// Counts what stands of a trace, and returns the rows that say something else so far.
fn decide(
    update: &mut TraceUpdate<'_>,
    stated: Vec<StatedRow>,
    places: &Places,
    turns: &[Turn],
) -> Vec<StatedRow> {
    let as_stated: Vec<_> = stated.iter().map(StatedRow::as_stated).collect();
    let passed = handoffs::resolve(&as_stated, places, turns, &update.state.belonging.agents);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    update.row.handoff_count = count(passed.iter().flatten().count());
    update.row.hint_count = count(stated.iter().filter(|stated| stated.is_hint()).count());
    update.changed_since_insert = true;
    let hints = stated.into_iter().zip(passed);
    let hints = hints.filter(|(stated, _)| stated.is_hint());
    hints
        .filter_map(|(stated, passed)| stated.now(passed))
        .collect()
}
