//! Which handoffs of a run stand, by the rule that decides it in a trace (`fold::handoffs`), over all
//! traces together: who worked before a hint, or after it, may have worked in another trace, and two
//! traces may tell of one handoff.

use std::collections::HashMap;

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::fold::Names;
use telemetron_model::fold::acting::{Acting, Said};
use telemetron_model::fold::handoffs::{self, Place, StatedHandoff, Turn};
use telemetron_model::record::SpanKind;
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::StoreError;
use crate::read::cells::Cells;
use crate::read::scope::{Scope, Standing};

const TOLD: &str =
    "SELECT trace_id, handoff_id, source_agent_name, target_agent_name, rule, span_id, time_ns, until_ns
     FROM handoffs WHERE day = $1 AND trace_id = $2 ORDER BY time_ns, handoff_id, trace_id";

const SPANS: &str = "SELECT trace_id, span_id, parent_span_id, kind, start_ns, end_ns,
            COALESCE(agent_name, agent_id) AS own, inherited_agent
     FROM spans WHERE day = $1 AND trace_id = $2 ORDER BY start_ns, own, span_id, trace_id";

/// Finds the handoffs that stand; none where what each trace says of its own is all: no hints.
pub(super) async fn standing(
    pool: &PgPool,
    traces: &Scope,
    agents: Names,
) -> Result<Option<Standing>, StoreError> {
    let rows = traces.query(TOLD).fetch_all(pool).await?;
    let stated = rows.iter().map(stated).collect::<Result<Vec<_>, _>>()?;
    if !stated.iter().any(StatedRow::is_hint) {
        return Ok(None);
    }
    let rows = traces.query(SPANS).fetch_all(pool).await?;
    let spans = rows.iter().map(span).collect::<Result<Vec<_>, _>>()?;
    let known = Known::of(&spans, traces);
    let as_stated: Vec<_> = stated.iter().map(|stated| known.stated(stated)).collect();
    let passed = handoffs::resolve(&as_stated, &known.places, &known.turns, &agents);
    let keyed = stated.into_iter().zip(passed);
    let stands = keyed.filter_map(|(stated, passed)| Some(((stated.trace_id, stated.id), passed?)));
    Ok(Some(stands.collect()))
}

struct StatedRow {
    trace_id: TraceId,
    id: String,
    source: Option<String>,
    target: String,
    rule: Option<String>,
    span: Option<SpanId>,
    time: Timestamp,
    until: Option<Timestamp>,
}

impl StatedRow {
    /// Whether it was not said outright.
    const fn is_hint(&self) -> bool {
        self.rule.is_some() || self.source.is_none()
    }
}

fn stated(row: &PgRow) -> Result<StatedRow, StoreError> {
    let cells = Cells::of(row, "handoffs");
    Ok(StatedRow {
        trace_id: cells.trace_id("trace_id")?,
        id: cells.get("handoff_id")?,
        source: cells.get("source_agent_name")?,
        target: cells.get("target_agent_name")?,
        rule: cells.get("rule")?,
        span: cells.opt_span_id("span_id")?,
        time: cells.instant("time_ns")?.0,
        until: cells.opt_instant("until_ns")?.map(|until| until.0),
    })
}

struct SpanRow {
    trace_id: TraceId,
    span_id: SpanId,
    parent: Option<SpanId>,
    kind: SpanKind,
    start: Timestamp,
    end: Option<Timestamp>,
    own: Option<String>,
    inherited: Option<String>,
}

fn span(row: &PgRow) -> Result<SpanRow, StoreError> {
    let cells = Cells::of(row, "spans");
    Ok(SpanRow {
        trace_id: cells.trace_id("trace_id")?,
        span_id: cells.span_id("span_id")?,
        parent: cells.opt_span_id("parent_span_id")?,
        kind: cells.word("kind", SpanKind::from_code)?,
        start: cells.instant("start_ns")?.0,
        end: cells.opt_instant("end_ns")?.map(|end| end.0),
        own: cells.get("own")?,
        inherited: cells.get("inherited_agent")?,
    })
}

/// The spans of a run under ids of their own: those of their traces may repeat.
struct Known {
    ids: HashMap<(TraceId, SpanId), SpanId>,
    places: HashMap<SpanId, Place>,
    turns: Vec<Turn>,
}

impl Known {
    fn of(spans: &[SpanRow], traces: &Scope) -> Self {
        let key = |span: &SpanRow| (span.trace_id, span.span_id);
        let numbers: HashMap<_, usize> = (0..)
            .zip(spans)
            .map(|(number, span)| (key(span), number))
            .collect();
        let above = |span: &SpanRow| {
            let parent = span.parent.map(|parent| (span.trace_id, parent));
            let joint = traces.joint(Some(span.trace_id), span.span_id);
            let joint = joint.map(|above| (above.trace_id, above.span_id));
            numbers.get(&parent.or(joint)?).copied()
        };
        let said = |number: usize| {
            let span: &SpanRow = &spans[number];
            let named = span.own.as_ref().or(span.inherited.as_ref());
            match (named, above(span)) {
                (None, Some(above)) => Said::AsAbove(above),
                (named, _) => Said::This(named.cloned()),
            }
        };
        let mut acting = Acting::default();
        let mut known = Self {
            ids: HashMap::with_capacity(spans.len()),
            places: HashMap::with_capacity(spans.len()),
            turns: Vec::new(),
        };
        for (number, span) in spans.iter().enumerate() {
            let Some(id) = numbered(number) else { continue };
            let agent: Option<String> = acting.of(number, said);
            known.turns.extend(turn(span, agent.as_ref()));
            known.ids.insert(key(span), id);
            let place = Place {
                agent,
                kind: span.kind,
                parent: above(span).and_then(numbered),
                start: span.start,
            };
            known.places.insert(id, place);
        }
        let order = |turn: &Turn| (turn.start, turn.agent.clone());
        known.turns.sort_by_cached_key(order);
        known
    }

    fn stated<'t>(&self, stated: &'t StatedRow) -> StatedHandoff<'t> {
        let span = stated
            .span
            .and_then(|span| self.ids.get(&(stated.trace_id, span)));
        StatedHandoff {
            id: &stated.id,
            source: stated.source.as_deref(),
            target: &stated.target,
            rule: stated.rule.as_deref(),
            span: span.copied(),
            time: stated.time,
            until: stated.until,
        }
    }
}

/// The id under which the rule knows the span of a number.
fn numbered(number: usize) -> Option<SpanId> {
    let number = u64::try_from(number).ok()?.checked_add(1)?;
    SpanId::from_slice(&number.to_be_bytes()).ok()
}

/// An agent that begins to work, or waits for a tool.
fn turn(span: &SpanRow, at_work: Option<&String>) -> Option<Turn> {
    let is_tool = span.kind == SpanKind::Tool;
    let (agent, tool_end) = match is_tool {
        true => (at_work.cloned().unwrap_or_default(), Some(span.end?)),
        false => (span.own.clone()?, None),
    };
    Some(Turn {
        start: span.start,
        tool_end,
        agent,
    })
}
