//! What the user asked and what the user got.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::conversation::{self, Said};
use telemetron_model::record::SpanKind;
use telemetron_model::{RawJson, SpanId};

use crate::StoreError;
use crate::read::cells::Cells;
use crate::read::spans::Payloads;
use crate::read::{Located, Scope, spoken};

/// Most spans that are looked through for each.
const MOST: i64 = 12;

/// Reads what the user asked and what the user got: by the trace's own word, else by the span that
/// leads it, else by the spans below it. A request of HTTP says neither, and the agent below it does;
/// of a run in which nobody says it, the first call of a model has the question and the last one the
/// answer.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn payloads(
    pool: &PgPool,
    trace: Located,
    lead: Option<SpanId>,
) -> Result<(Option<RawJson>, Option<RawJson>), StoreError> {
    payloads_among(pool, trace, lead, &Scope::from(trace)).await
}

/// The same of several traces that are read as one: `trace` leads.
pub(in crate::read) async fn payloads_among(
    pool: &PgPool,
    trace: Located,
    lead: Option<SpanId>,
    all: &Scope,
) -> Result<(Option<RawJson>, Option<RawJson>), StoreError> {
    let row = sqlx::query(
        "SELECT t.user_input, t.final_output, s.input, s.output
         FROM traces t
         LEFT JOIN spans s ON s.day = $1 AND s.trace_id = $2 AND s.span_id = $3
         WHERE t.trace_id = $2",
    )
    .bind(trace.day)
    .bind(trace.trace_id.as_bytes().as_slice())
    .bind(lead.as_ref().map(SpanId::as_bytes))
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else {
        return Ok((None, None));
    };
    let cells = Cells::of(&row, "traces");
    let telling = |payload: Option<RawJson>, says: fn(&RawJson) -> Option<Said>| {
        payload.filter(|payload| says(payload).is_some())
    };
    let mut input = cells.payload("user_input")?;
    if input.is_none() {
        input = telling(cells.payload("input")?, conversation::question);
    }
    let mut output = cells.payload("final_output")?;
    if output.is_none() {
        output = telling(cells.payload("output")?, conversation::answer);
    }
    if input.is_none() {
        input = asked(pool, all).await?;
    }
    if output.is_none() {
        output = answered(pool, all).await?;
    }
    if input.is_none() || output.is_none() {
        let (asked, answered) = logged(pool, trace).await?;
        (input, output) = (input.or(asked), output.or(answered));
    }
    Ok((input, output))
}

/// The first and the last spans that lack a payload, where there are any events to tell it.
const SPEAKING: &str = "SELECT s.span_id FROM (
       (SELECT span_id, start_ns FROM spans
        WHERE day = $1 AND trace_id = $2 AND kind <> $3 AND kind <> $4
          AND (input IS NULL OR output IS NULL)
        ORDER BY start_ns, span_id LIMIT $5)
       UNION
       (SELECT span_id, start_ns FROM spans
        WHERE day = $1 AND trace_id = $2 AND kind <> $3 AND kind <> $4
          AND (input IS NULL OR output IS NULL)
        ORDER BY start_ns DESC, span_id DESC LIMIT $5)) s
     WHERE EXISTS (SELECT FROM traces t WHERE t.trace_id = $2 AND t.event_count > 0)
     ORDER BY s.start_ns, s.span_id";

/// The question of the first call whose messages came as log records, and the answer of the last.
async fn logged(pool: &PgPool, trace: Located) -> Result<Payloads, StoreError> {
    let rows = sqlx::query(SPEAKING)
        .bind(trace.day)
        .bind(trace.trace_id.as_bytes().as_slice())
        .bind(SpanKind::Tool.code())
        .bind(SpanKind::Retriever.code())
        .bind(MOST)
        .fetch_all(pool)
        .await?;
    let spans = rows
        .iter()
        .map(|row| Cells::of(row, "spans").span_id("span_id"));
    let spans: Vec<SpanId> = spans.collect::<Result<_, _>>()?;
    let spoken = spoken::of(pool, trace, &spans).await?;
    let told = || spans.iter().filter_map(|span| spoken.get(span));
    let words = |said: Said| said.words;
    let asked = told().find_map(|(asked, _)| asked.as_ref().and_then(conversation::question));
    let mut answers = told().rev();
    let answered = answers.find_map(|(_, said)| said.as_ref().and_then(conversation::answer));
    Ok((asked.map(words), answered.map(words)))
}

/// The question of the first spans that have one; those around others begin before them.
async fn asked(pool: &PgPool, traces: &Scope) -> Result<Option<RawJson>, StoreError> {
    let rows = candidates(
        pool,
        traces,
        "SELECT input AS payload FROM spans
         WHERE day = $1 AND trace_id = $2 AND input IS NOT NULL AND kind <> $3 AND kind <> $4
         ORDER BY start_ns, span_id LIMIT $5",
    );
    first(&rows.await?, conversation::question)
}

/// The answer of the last spans that have one; those around others end after them.
async fn answered(pool: &PgPool, traces: &Scope) -> Result<Option<RawJson>, StoreError> {
    let rows = candidates(
        pool,
        traces,
        "SELECT output AS payload FROM spans
         WHERE day = $1 AND trace_id = $2 AND output IS NOT NULL AND kind <> $3 AND kind <> $4
           AND status = 2
         ORDER BY end_ns DESC NULLS LAST, span_id LIMIT $5",
    );
    first(&rows.await?, conversation::answer)
}

/// Tools and retrievals are asked by agents, not by people.
async fn candidates(
    pool: &PgPool,
    traces: &Scope,
    sql: &'static str,
) -> Result<Vec<PgRow>, StoreError> {
    let rows = traces
        .query(sql)
        .bind(SpanKind::Tool.code())
        .bind(SpanKind::Retriever.code())
        .bind(MOST)
        .fetch_all(pool)
        .await?;
    Ok(rows)
}

/// The first that is known to be words, else the first that may be.
fn first(
    rows: &[PgRow],
    says: fn(&RawJson) -> Option<Said>,
) -> Result<Option<RawJson>, StoreError> {
    let mut perhaps = None;
    for row in rows {
        let payload = Cells::of(row, "spans").payload("payload")?;
        match payload.as_ref().and_then(says) {
            Some(said) if said.is_sure => return Ok(Some(said.words)),
            Some(said) => perhaps = perhaps.or(Some(said.words)),
            None => {}
        }
    }
    Ok(perhaps)
}
