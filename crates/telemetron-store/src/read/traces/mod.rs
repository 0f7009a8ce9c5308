//! Traces: lists with filters, and one whole.

mod asked;
mod search;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres, QueryBuilder};
use telemetron_model::record::{Status, TimeSource};
use telemetron_model::search::Pattern;
use telemetron_model::{NanoUsd, SpanId, Timestamp, TraceId};
use telemetron_view::{TraceCounts, TraceDetail, TraceSummary, millis_between};

use super::cells::Cells;
use super::{Located, Slice, one_more, run};
use crate::StoreError;
pub use asked::payloads;
pub(super) use asked::payloads_among;

/// Where a list of traces goes on: newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceKey {
    /// Where the last trace stands in the list.
    pub listed_ns: i64,
    /// Its id.
    pub trace_id: TraceId,
}

/// Which traces a list holds; what is absent restricts nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TraceFilter {
    /// How far they are.
    pub status: Option<Status>,
    /// An agent at work in them.
    pub agent: Option<String>,
    /// A model called in them.
    pub model: Option<String>,
    /// A tool called in them.
    pub tool: Option<String>,
    /// Their conversation.
    pub session_id: Option<String>,
    /// Their user.
    pub user_id: Option<String>,
    /// Their project.
    pub project: Option<String>,
    /// Began at or after this instant. A trace whose clock ran ahead began when it was first seen.
    pub start_after: Option<Timestamp>,
    /// Began before this instant.
    pub start_before: Option<Timestamp>,
    /// Took at least so many nanoseconds.
    pub min_duration_ns: Option<i64>,
    /// Spent at least so many tokens.
    pub min_tokens: Option<i64>,
    /// Cost at least so much.
    pub min_cost: Option<NanoUsd>,
    /// Failed, or something in them did.
    pub errors_only: bool,
    /// Run, and were not heard of for a while.
    pub stuck_only: bool,
    /// Lead a run: of the traces that links join, the earliest stands for all.
    pub runs: bool,
    /// A name, input, output or error in them contains this text, in any case, from the beginning
    /// of a word on.
    pub text: Option<String>,
}

/// A trace with where its rows lie.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundTrace {
    /// Where its rows lie.
    pub located: Located,
    /// What is said of it.
    pub detail: TraceDetail,
    /// The span that stands for it.
    pub lead: Option<SpanId>,
    /// It is no run, but an agent that was made or a graph that was built before any, or an envelope
    /// after it.
    pub is_bookkeeping: bool,
}

impl FoundTrace {
    /// Its id.
    pub const fn id(&self) -> TraceId {
        self.located.trace_id
    }
}

/// Whether a trace is an agent that was made, a graph that was built or an envelope that nobody had to
/// answer, beside any run and in a trace of its own; as `is_bookkeeping` of the model has it.
macro_rules! bookkeeping {
    () => {
        "(span_count = 1 AND status = 2 AND name IS NULL
          AND (lead_name IN ('create_agent', 'workflow.build')
               OR lead_name ^@ ANY (ARRAY['create_agent ', 'network.envelope ',
                                          'network.channel ', 'agent.lifetime '])))"
    };
}
pub(super) use bookkeeping;

/// The columns of a line of a list.
macro_rules! summary_columns {
    () => {
        concat!(
            "SELECT ",
            trace_columns!(),
            ", ",
            report_columns!(),
            ", listed_ns, COALESCE(name, lead_name) AS shown_name,
               COALESCE(root_agent_name, root_agent_id, lead_agent) AS root_agent"
        )
    };
}

/// What a trace on its own says beside.
macro_rules! detail_columns {
    () => {
        concat!(
            ", error, metadata::text AS metadata, ",
            bookkeeping!(),
            " IS TRUE AS is_bookkeeping"
        )
    };
}

/// Lists traces, newest first. Those not heard of since `silent_since` are stuck if they run.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn list(
    pool: &PgPool,
    filter: &TraceFilter,
    after: Option<TraceKey>,
    limit: usize,
    silent_since: Timestamp,
) -> Result<Slice<TraceSummary, TraceKey>, StoreError> {
    let mut page = match &filter.text {
        Some(text) => search::list(pool, filter, text, after, limit, silent_since).await?,
        None => plain(pool, filter, after, limit, silent_since).await?,
    };
    if filter.runs {
        page.items = run::sums_of_lines(pool, page.items).await?;
    }
    Ok(page)
}

async fn plain(
    pool: &PgPool,
    filter: &TraceFilter,
    after: Option<TraceKey>,
    limit: usize,
    silent_since: Timestamp,
) -> Result<Slice<TraceSummary, TraceKey>, StoreError> {
    let mut query = QueryBuilder::new(concat!(summary_columns!(), " FROM traces WHERE true"));
    restrict(&mut query, filter, silent_since);
    page(&mut query, after, one_more(limit));
    // Planned for what is asked: one plan for every name walks all traces for a rare one.
    let is_plain = *filter == TraceFilter::default();
    let rows = query.build().persistent(is_plain).fetch_all(pool).await?;
    let keyed = rows.iter().map(|row| keyed_summary(row, silent_since));
    Ok(Slice::of(keyed.collect::<Result<_, _>>()?, limit))
}

/// The next traces that may hold a pattern, each with where its rows lie.
async fn candidates(
    pool: &PgPool,
    filter: &TraceFilter,
    pattern: &Pattern,
    after: Option<TraceKey>,
    limit: usize,
    silent_since: Timestamp,
) -> Result<Vec<(NaiveDate, TraceKey, TraceSummary)>, StoreError> {
    let mut query = QueryBuilder::new(concat!(summary_columns!(), " FROM traces WHERE true"));
    restrict(&mut query, filter, silent_since);
    if !pattern.marks().is_empty() {
        query.push(
            " AND EXISTS (SELECT FROM span_texts AS x
                          WHERE x.day = traces.day AND x.trace_id = traces.trace_id",
        );
        search::restrict(&mut query, pattern);
        query.push(")");
    }
    page(&mut query, after, i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = query.build().persistent(false).fetch_all(pool).await?;
    let candidate = |row: &PgRow| {
        let (key, summary) = keyed_summary(row, silent_since)?;
        Ok((Cells::of(row, "traces").get("day")?, key, summary))
    };
    rows.iter().map(candidate).collect()
}

/// The next `limit` lines of a list, after a key.
fn page(query: &mut QueryBuilder<Postgres>, after: Option<TraceKey>, limit: i64) {
    if let Some(after) = after {
        query
            .push(" AND (listed_ns, trace_id) < (")
            .push_bind(after.listed_ns)
            .push(", ")
            .push_bind(after.trace_id.as_bytes().to_vec())
            .push(")");
    }
    query
        .push(" ORDER BY listed_ns DESC, trace_id DESC LIMIT ")
        .push_bind(limit);
}

/// That no neighbour began earlier: where one did, it leads, or a neighbour of its own.
const LEADS: &str = concat!(
    " AND NOT EXISTS (
        SELECT FROM (SELECT linked_trace_id AS id FROM trace_links
                     WHERE trace_links.trace_id = traces.trace_id
                     UNION ALL
                     SELECT trace_links.trace_id FROM trace_links
                     WHERE linked_trace_id = traces.trace_id) AS l
        JOIN traces AS o ON o.trace_id = l.id
        WHERE (o.start_ns, o.trace_id) < (traces.start_ns, traces.trace_id) AND NOT ",
    bookkeeping!(),
    ")"
);

fn restrict(query: &mut QueryBuilder<Postgres>, filter: &TraceFilter, silent_since: Timestamp) {
    let texts = [
        (" AND agents @> ARRAY[", &filter.agent, "]"),
        (" AND models @> ARRAY[", &filter.model, "]"),
        (" AND tools @> ARRAY[", &filter.tool, "]"),
        (" AND session_id = ", &filter.session_id, ""),
        (" AND user_id = ", &filter.user_id, ""),
        (" AND project = ", &filter.project, ""),
    ];
    for (before, text, behind) in texts {
        if let Some(text) = text {
            query.push(before).push_bind(text.clone()).push(behind);
        }
    }
    let numbers = [
        (
            " AND listed_ns >= ",
            filter.start_after.map(Timestamp::nanos),
        ),
        (
            " AND listed_ns < ",
            filter.start_before.map(Timestamp::nanos),
        ),
        (
            " AND time_source IS DISTINCT FROM 2 AND nanos_between(start_ns, end_ns) >= ",
            filter.min_duration_ns,
        ),
        (" AND total_tokens >= ", filter.min_tokens),
        (" AND cost >= ", filter.min_cost.map(NanoUsd::nanos)),
        (
            " AND status = 1 AND last_seen_ns < ",
            filter.stuck_only.then(|| silent_since.nanos()),
        ),
    ];
    for (before, number) in numbers {
        if let Some(number) = number {
            query.push(before).push_bind(number);
        }
    }
    if let Some(status) = filter.status {
        query.push(" AND status = ").push_bind(status.code());
    }
    query.push(concat!(" AND NOT ", bookkeeping!()));
    if filter.runs {
        query.push(LEADS);
    }
    if filter.errors_only {
        query.push(" AND (status = 3 OR failed_count > 0 OR error_count > 0)");
    }
}

/// Finds where the rows of a trace lie.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn locate(pool: &PgPool, trace_id: TraceId) -> Result<Option<Located>, StoreError> {
    let day = sqlx::query_scalar("SELECT day FROM traces WHERE trace_id = $1")
        .bind(trace_id.as_bytes().as_slice())
        .fetch_optional(pool)
        .await?;
    Ok(day.map(|day| Located { day, trace_id }))
}

/// The first two traces whose ids begin with these hex digits, at most 32 of them.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn beginning_with(pool: &PgPool, digits: &str) -> Result<Vec<TraceId>, StoreError> {
    let rows = sqlx::query(
        "SELECT trace_id FROM traces
         WHERE trace_id BETWEEN decode(rpad($1, 32, '0'), 'hex') AND decode(rpad($1, 32, 'f'), 'hex')
         ORDER BY trace_id LIMIT 2",
    )
    .bind(digits)
    .fetch_all(pool)
    .await?;
    let id = |row| Cells::of(row, "traces").trace_id("trace_id");
    rows.iter().map(id).collect()
}

/// Finds one trace, without payloads.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn find(
    pool: &PgPool,
    trace_id: TraceId,
    silent_since: Timestamp,
) -> Result<Option<FoundTrace>, StoreError> {
    let row = sqlx::query(concat!(
        summary_columns!(),
        detail_columns!(),
        " FROM traces WHERE trace_id = $1"
    ))
    .bind(trace_id.as_bytes().as_slice())
    .fetch_optional(pool)
    .await?;
    row.map(|row| found(&row, silent_since)).transpose()
}

/// Finds those of these traces that are stored, earliest first.
pub(super) async fn find_all(
    pool: &PgPool,
    traces: &[TraceId],
    silent_since: Timestamp,
) -> Result<Vec<FoundTrace>, StoreError> {
    let ids: Vec<_> = traces.iter().map(|id| id.as_bytes().as_slice()).collect();
    let rows = sqlx::query(concat!(
        summary_columns!(),
        detail_columns!(),
        " FROM traces WHERE trace_id = ANY($1) ORDER BY traces.start_ns, trace_id"
    ))
    .bind(ids)
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| found(row, silent_since)).collect()
}

fn found(row: &PgRow, silent_since: Timestamp) -> Result<FoundTrace, StoreError> {
    let cells = Cells::of(row, "traces");
    let (_, summary) = keyed_summary(row, silent_since)?;
    Ok(FoundTrace {
        located: Located {
            day: cells.get("day")?,
            trace_id: summary.trace_id,
        },
        lead: cells.opt_span_id("lead_span_id")?,
        is_bookkeeping: cells.get("is_bookkeeping")?,
        detail: TraceDetail {
            summary,
            root_agent_id: cells.get("root_agent_id")?,
            error: cells.parsed("error")?,
            metadata: cells.json("metadata")?,
            reported_tokens: cells.parsed("reported_tokens")?,
            reported_cost_usd: cells.opt_cost("reported_cost")?,
            user_input: None,
            final_output: None,
        },
    })
}

/// Reads a line of a list, with its key.
pub(super) fn keyed_summary(
    row: &PgRow,
    silent_since: Timestamp,
) -> Result<(TraceKey, TraceSummary), StoreError> {
    let cells = Cells::of(row, "traces");
    let trace_id = cells.trace_id("trace_id")?;
    let status = cells.word("status", Status::from_code)?;
    let (start_time, end_time) = (cells.instant("start_ns")?, cells.opt_instant("end_ns")?);
    let time_source = cells.opt_word("time_source", TimeSource::from_code)?;
    let time_source = time_source.unwrap_or(TimeSource::Clock);
    let last_seen = cells.instant("last_seen_ns")?;
    let measured = end_time.filter(|_| time_source == TimeSource::Clock);
    let agents: Vec<String> = cells.get("agents")?;
    let summary = TraceSummary {
        trace_id,
        name: cells.get("shown_name")?,
        status,
        stuck: status == Status::Running && last_seen.0 < silent_since,
        truncated: cells.get("truncated")?,
        start_time,
        end_time,
        duration_ms: measured.map(|end| millis_between(start_time.0, end.0)),
        time_source,
        last_seen,
        session_id: cells.get("session_id")?,
        user_id: cells.get("user_id")?,
        project: cells.get("project")?,
        root_agent: cells.get("root_agent")?,
        counts: counts(&cells, agents.len())?,
        agents,
        models: cells.get("models")?,
        tools: cells.get("tools")?,
        tokens: cells.usage()?,
        cost_usd: cells.cost("cost")?,
        run: None,
    };
    let listed_ns = cells.get("listed_ns")?;
    Ok((
        TraceKey {
            listed_ns,
            trace_id,
        },
        summary,
    ))
}

fn counts(cells: &Cells<'_>, agents: usize) -> Result<TraceCounts, StoreError> {
    Ok(TraceCounts {
        agents: i64::try_from(agents).unwrap_or(i64::MAX),
        spans: cells.get("span_count")?,
        running_spans: cells.get("running_count")?,
        failed_spans: cells.get("failed_count")?,
        llm_calls: cells.get("llm_call_count")?,
        tool_calls: cells.get("tool_call_count")?,
        events: cells.get("event_count")?,
        handoffs: cells.get("handoff_count")?,
        errors: cells.get("error_count")?,
    })
}
