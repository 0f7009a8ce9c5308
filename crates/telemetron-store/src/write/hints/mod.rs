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
use rows::{Places, ToldRow};

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
        let mut told = rows::told(conn, day, &traces).await?;
        let mut places = HashMap::new();
        rows::places(conn, day, &pointed_to(&told), &mut places).await?;
        rows::siblings(conn, day, &parents(&told, &places), &mut places).await?;
        let mut turns = rows::turns(conn, day, &asking_for_turns(&told, &places)).await?;
        let mut changed = Vec::new();
        for update in updates {
            let told = told.remove(&update.id).unwrap_or_default();
            let places = places.remove(&update.id).unwrap_or_default();
            let turns = turns.remove(&update.id).unwrap_or_default();
            changed.extend(decide(update, told, &places, &turns));
        }
        rows::write(conn, day, &changed).await?;
    }
    Ok(())
}

/// Whether the batch may change what stands of a trace's hints.
fn concerns(update: &TraceUpdate<'_>) -> bool {
    let handoffs = &update.batch.handoffs;
    let has = update.row.hint_count > 0 || handoffs.values().any(|told| told.record.is_hint());
    has && !(update.batch.spans.is_empty() && handoffs.is_empty())
}

/// The spans that have to say who hands on.
fn pointed_to(told: &HashMap<TraceId, Vec<ToldRow>>) -> Vec<(TraceId, SpanId)> {
    unique(anonymous(told).filter_map(|(trace, told)| Some((trace, told.span?))))
}

/// The parents whose agent spans may have handed on to each other.
fn parents(
    told: &HashMap<TraceId, Vec<ToldRow>>,
    places: &HashMap<TraceId, Places>,
) -> Vec<(TraceId, SpanId)> {
    let sibling = Some(HandoffRule::SiblingAgents.as_str());
    let siblings = anonymous(told).filter(|(_, told)| told.rule.as_deref() == sibling);
    let parent = |(trace, told): (TraceId, &ToldRow)| {
        let place = places.get(&trace)?.get(&told.span?)?;
        Some((trace, place.parent?))
    };
    unique(siblings.filter_map(parent))
}

/// The traces whose hints do not say to whom, or have nobody around them.
fn asking_for_turns(
    told: &HashMap<TraceId, Vec<ToldRow>>,
    places: &HashMap<TraceId, Places>,
) -> Vec<TraceId> {
    let nothing = Places::new();
    let asks = |(trace, told): &(&TraceId, &Vec<ToldRow>)| {
        let places = places.get(trace).unwrap_or(&nothing);
        let mut told = told.iter();
        told.any(|told| handoffs::needs_turns(&told.as_told(), places))
    };
    told.iter().filter(asks).map(|(trace, _)| *trace).collect()
}

/// Those that do not name their source.
fn anonymous(told: &HashMap<TraceId, Vec<ToldRow>>) -> impl Iterator<Item = (TraceId, &ToldRow)> {
    told.iter()
        .flat_map(|(trace, told)| told.iter().map(|told| (*trace, told)))
        .filter(|(_, told)| told.source.is_none())
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
    told: Vec<ToldRow>,
    places: &Places,
    turns: &[Turn],
) -> Vec<ToldRow> {
    let as_told: Vec<_> = told.iter().map(ToldRow::as_told).collect();
    let passed = handoffs::resolve(&as_told, places, turns, &update.state.belonging.agents);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    update.row.handoff_count = count(passed.iter().flatten().count());
    update.row.hint_count = count(told.iter().filter(|told| told.is_hint()).count());
    update.changed_since_insert = true;
    let hints = told.into_iter().zip(passed);
    let hints = hints.filter(|(told, _)| told.is_hint());
    hints
        .filter_map(|(told, passed)| told.now(passed))
        .collect()
}
