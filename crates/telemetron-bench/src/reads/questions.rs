//! What is asked of the API, and the bare SQL that reads the same rows.

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool};
use telemetron_model::TraceId;
use telemetron_model::search::{Pattern, Probe};

use super::fill::Filled;

/// What the figures of a question are held against.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    /// The p99 stays within so many times that of the bare SQL.
    Times(f64),
    /// The p99 stays below so many milliseconds.
    Below(f64),
}

/// A question.
pub(super) struct Question {
    pub(super) name: &'static str,
    pub(super) goal: Goal,
    pub(super) asks: Asks,
}

/// What a question asks for.
pub(super) enum Asks {
    /// One trace by id, another each time.
    Trace,
    /// The newest traces: the query of the URL and the condition of the SQL.
    List(&'static str, String),
    /// Something of one trace: the path, the query and the SQL after `WHERE day, trace_id`.
    Of(TraceId, &'static str, &'static str),
}

const LIST_COLUMNS: &str = "trace_id, day, last_seen_ns, truncated, status, start_ns, end_ns,
    listed_ns, name, lead_name, root_agent_name, lead_agent, time_source, session_id, user_id,
    project, agents, models, tools, span_count, running_count, failed_count, llm_call_count,
    tool_call_count, event_count, handoff_count, error_count, input_tokens, output_tokens,
    total_tokens, cached_tokens, reasoning_tokens, cost";

const SPAN_COLUMNS: &str = "span_id, parent_span_id, kind, status, start_ns, end_ns, counts, name,
    agent_id, agent_name, session_id, user_id, project, model, provider, parameters, ttft_ns,
    finish_reason, tool_name, tool_call_id, input_bytes, output_bytes, input_tokens, output_tokens,
    total_tokens, cached_tokens, reasoning_tokens, cost, llm_call_count, tool_call_count, error,
    attributes::text, events, links, resource, time_source";

const TIMELINE: &str = "SELECT start_ns AS time_ns, span_id, agent_name, name, kind, NULL AS status
    FROM spans WHERE day = $1 AND trace_id = $2
    UNION ALL SELECT end_ns, span_id, agent_name, name, kind, status
    FROM spans WHERE day = $1 AND trace_id = $2 ORDER BY 1, 2";

const WHOLE_TIMELINE: &str = "timeline?limit=10000";

const GRAPH: &str = "SELECT span_id, parent_span_id, kind, status, start_ns, end_ns, counts,
    agent_id, agent_name, total_tokens, cost FROM spans WHERE day = $1 AND trace_id = $2
    ORDER BY start_ns, span_id";

const SKELETON: &str = "SELECT span_id, parent_span_id, kind, status, start_ns, end_ns, name,
    agent_name, total_tokens, time_source FROM spans WHERE day = $1 AND trace_id = $2
    ORDER BY start_ns, span_id";

/// The condition of a trace that may hold a text, by the marks of its spans.
fn may_hold(text: &str) -> String {
    let pattern = Pattern::of(text);
    let places = pattern
        .marks()
        .iter()
        .flat_map(|mark| Probe::of(*mark).places());
    let bits =
        places.map(|place| format!(" AND get_bit(marks, {place} % (octet_length(marks) * 8)) = 1"));
    let bits: String = bits.collect();
    format!(
        "EXISTS (SELECT FROM span_texts AS x
                 WHERE x.day = traces.day AND x.trace_id = traces.trace_id{bits})"
    )
}

/// All questions, small ones first.
pub(super) fn all(filled: &Filled) -> Vec<Question> {
    use Asks::{List, Of, Trace};
    use Goal::{Below, Times};
    let (large, huge) = (filled.large, filled.huge);
    [
        ("trace of 22 spans", Times(3.0), Trace),
        ("50 newest", Times(3.0), List("", "true".to_owned())),
        (
            "50 newest of an agent",
            Times(3.0),
            List("&agent=coder", "agents @> ARRAY['coder']".to_owned()),
        ),
        (
            "50 newest that failed",
            Times(3.0),
            List("&status=FAILED", "status = 3".to_owned()),
        ),
        (
            "50 newest with many tokens",
            Times(3.0),
            List("&min_tokens=40000", "total_tokens >= 40000".to_owned()),
        ),
        (
            "50 newest with a frequent text",
            Times(3.0),
            List("&q=memory%20stayed", may_hold("memory stayed")),
        ),
        (
            "50 newest with a text of no trace",
            Times(3.0),
            List("&q=no%20such%20words", may_hold("no such words")),
        ),
        (
            "timeline of 10,000 spans, 1,000 lines",
            Below(300.0),
            Of(large, "timeline?limit=1000", TIMELINE),
        ),
        (
            "timeline of 10,000 spans, whole in 2 pages",
            Below(300.0),
            Of(large, WHOLE_TIMELINE, TIMELINE),
        ),
        (
            "graph of 10,000 spans",
            Below(300.0),
            Of(large, "graph?", GRAPH),
        ),
        (
            "skeleton of 50,000 spans",
            Below(1_000.0),
            Of(huge, "spans?fields=skeleton&limit=50000", SKELETON),
        ),
    ]
    .map(|(name, goal, asks)| Question { name, goal, asks })
    .into()
}

impl Question {
    /// Whether it is quick enough to be asked hundreds of times.
    pub(super) const fn is_small(&self) -> bool {
        matches!(self.goal, Goal::Times(_))
    }

    /// Whether pages are followed to the last one.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.asks, Asks::Of(_, WHOLE_TIMELINE, _))
    }

    /// The path and query to ask the API; `round` chooses among the small traces.
    pub(super) fn path(&self, filled: &Filled, round: usize) -> String {
        match &self.asks {
            Asks::Trace => format!("/api/v1/traces/{}", filled.chosen(round)),
            Asks::List(query, _) => format!("/api/v1/traces?limit=50{query}"),
            Asks::Of(trace, path, _) => format!("/api/v1/traces/{trace}/{path}"),
        }
    }

    /// Reads the rows with bare SQL.
    pub(super) async fn read(
        &self,
        pool: &PgPool,
        filled: &Filled,
        round: usize,
    ) -> sqlx::Result<Vec<PgRow>> {
        match &self.asks {
            Asks::Trace => {
                let spans = format!(
                    "SELECT {SPAN_COLUMNS} FROM spans WHERE day = $1 AND trace_id = $2
                     ORDER BY start_ns, span_id LIMIT 10001"
                );
                of_trace(pool, filled.chosen(round), LIST_COLUMNS, spans).await
            }
            Asks::List(_, condition) => {
                let sql = format!(
                    "SELECT {LIST_COLUMNS} FROM traces WHERE {condition}
                     ORDER BY listed_ns DESC, trace_id DESC LIMIT 51"
                );
                sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await
            }
            Asks::Of(trace, path, sql) => {
                let limit = path.strip_prefix("timeline?limit=");
                let sql = match limit.filter(|_| !self.is_whole()) {
                    Some(limit) => format!("{sql} LIMIT {limit}"),
                    None => (*sql).to_owned(),
                };
                of_trace(pool, *trace, "day", sql).await
            }
        }
    }
}

/// Reads the row of a trace, then rows of its day.
async fn of_trace(
    pool: &PgPool,
    trace: TraceId,
    columns: &str,
    sql: String,
) -> sqlx::Result<Vec<PgRow>> {
    use sqlx::Row as _;
    let find = format!("SELECT {columns} FROM traces WHERE trace_id = $1");
    let id = trace.as_bytes().as_slice();
    let row = sqlx::query(AssertSqlSafe(find))
        .bind(id)
        .fetch_one(pool)
        .await?;
    let day: NaiveDate = row.try_get("day")?;
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(day).bind(id);
    rows.fetch_all(pool).await
}

impl Filled {
    /// A small trace, far from the one of the round before.
    fn chosen(&self, round: usize) -> TraceId {
        self.small[round.wrapping_mul(7_919) % self.small.len()]
    }
}
