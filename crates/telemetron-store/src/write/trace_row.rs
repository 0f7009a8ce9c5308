//! A row of `traces` and the state it holds.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::FromRow;
use telemetron_model::fold::{
    Belonging, Claim, ClaimRank, Lead, Names, Outcome, Rank, Report, Totals, TraceState,
};
use telemetron_model::record::{Status, TokenUsage, Trace};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp, TraceId};

use super::json_rows::Bytea;
use crate::StoreError;
use crate::copy::Row;
use crate::payload::compress;

/// The columns that the fold reads and writes.
#[derive(Debug, Clone, FromRow, Serialize)]
pub(super) struct TraceRow {
    trace_id: Bytea,
    pub(super) day: NaiveDate,
    pub(super) first_seen_ns: i64,
    pub(super) last_seen_ns: i64,
    pub(super) truncated: bool,
    status: i16,
    start_ns: i64,
    end_ns: Option<i64>,
    report_status: Option<i16>,
    report_rank_end: Option<i64>,
    report_hash: Option<i64>,
    report_start_ns: Option<i64>,
    report_end_ns: Option<i64>,
    session_id: Option<String>,
    user_id: Option<String>,
    project: Option<String>,
    claims: Option<Bytea>,
    spans_start_ns: Option<i64>,
    spans_end_ns: Option<i64>,
    lead_span_id: Option<Bytea>,
    lead_has_parent: Option<bool>,
    lead_start_ns: Option<i64>,
    lead_end_ns: Option<i64>,
    lead_status: Option<i16>,
    lead_name: Option<String>,
    lead_agent: Option<String>,
    agents: Vec<String>,
    models: Vec<String>,
    tools: Vec<String>,
    pub(super) span_count: i64,
    running_count: i64,
    failed_count: i64,
    llm_call_count: i64,
    tool_call_count: i64,
    pub(super) event_count: i64,
    pub(super) handoff_count: i64,
    pub(super) hint_count: i64,
    pub(super) error_count: i64,
    input_tokens: i64,
    output_tokens: i64,
    total_tokens: i64,
    cached_tokens: i64,
    reasoning_tokens: i64,
    cost: i64,
}

impl TraceRow {
    /// How many columns [`Self::COPY`] names.
    pub(super) const COLUMNS: i16 = 43;

    /// The statement that takes what [`Self::write`] writes.
    pub(super) const COPY: &str =
        "COPY traces (trace_id, day, first_seen_ns, last_seen_ns, truncated, status, start_ns, end_ns,
                report_status, report_rank_end, report_hash, report_start_ns, report_end_ns,
                session_id, user_id, project, claims, spans_start_ns, spans_end_ns,
                lead_span_id, lead_has_parent, lead_start_ns, lead_end_ns, lead_status, lead_name,
                lead_agent, agents, models, tools, span_count, running_count, failed_count,
                llm_call_count, tool_call_count, event_count, handoff_count, error_count,
                input_tokens, output_tokens, total_tokens, cached_tokens, reasoning_tokens, cost)
         FROM STDIN (FORMAT binary)";

    /// Writes a row of a new trace.
    pub(super) fn write(&self, row: &mut Row<'_>) {
        row.bytes(&self.trace_id.0)
            .date(self.day)
            .i64(self.first_seen_ns)
            .i64(self.last_seen_ns)
            .bool(self.truncated)
            .i16(self.status)
            .i64(self.start_ns)
            .opt_i64(self.end_ns)
            .opt_i16(self.report_status)
            .opt_i64(self.report_rank_end)
            .opt_i64(self.report_hash)
            .opt_i64(self.report_start_ns)
            .opt_i64(self.report_end_ns);
        row.opt_text(self.session_id.as_deref())
            .opt_text(self.user_id.as_deref())
            .opt_text(self.project.as_deref())
            .opt_bytes(self.claims.as_ref().map(|claims| &claims.0))
            .opt_i64(self.spans_start_ns)
            .opt_i64(self.spans_end_ns);
        self.write_lead(row);
        row.texts(&self.agents)
            .texts(&self.models)
            .texts(&self.tools);
        let counts = [
            self.span_count,
            self.running_count,
            self.failed_count,
            self.llm_call_count,
            self.tool_call_count,
            self.event_count,
            self.handoff_count,
            self.error_count,
            self.input_tokens,
            self.output_tokens,
            self.total_tokens,
            self.cached_tokens,
            self.reasoning_tokens,
            self.cost,
        ];
        for count in counts {
            row.i64(count);
        }
    }

    fn write_lead(&self, row: &mut Row<'_>) {
        row.opt_bytes(self.lead_span_id.as_ref().map(|id| &id.0))
            .opt_bool(self.lead_has_parent)
            .opt_i64(self.lead_start_ns)
            .opt_i64(self.lead_end_ns)
            .opt_i16(self.lead_status)
            .opt_text(self.lead_name.as_deref())
            .opt_text(self.lead_agent.as_deref());
    }
}

/// The columns that come whole from the record that describes the trace.
#[derive(Debug, Serialize)]
pub(super) struct ReportRow {
    trace_id: Bytea,
    name: Option<String>,
    root_agent_id: Option<String>,
    root_agent_name: Option<String>,
    user_input: Option<Bytea>,
    final_output: Option<Bytea>,
    error: Option<String>,
    reported_tokens: Option<String>,
    reported_cost: Option<i64>,
    metadata: Option<RawJson>,
    time_source: Option<i16>,
}

impl TraceRow {
    /// The row of a trace of which nothing is stored yet.
    pub(super) fn absent(trace_id: TraceId, first_seen: Timestamp, truncated: bool) -> Self {
        Self {
            trace_id: Bytea(trace_id.as_bytes().to_vec()),
            day: first_seen.day(),
            first_seen_ns: first_seen.nanos(),
            last_seen_ns: first_seen.nanos(),
            truncated,
            status: Status::Running.code(),
            start_ns: first_seen.nanos(),
            end_ns: None,
            report_status: None,
            report_rank_end: None,
            report_hash: None,
            report_start_ns: None,
            report_end_ns: None,
            session_id: None,
            user_id: None,
            project: None,
            claims: None,
            spans_start_ns: None,
            spans_end_ns: None,
            lead_span_id: None,
            lead_has_parent: None,
            lead_start_ns: None,
            lead_end_ns: None,
            lead_status: None,
            lead_name: None,
            lead_agent: None,
            agents: Vec::new(),
            models: Vec::new(),
            tools: Vec::new(),
            span_count: 0,
            running_count: 0,
            failed_count: 0,
            llm_call_count: 0,
            tool_call_count: 0,
            event_count: 0,
            handoff_count: 0,
            hint_count: 0,
            error_count: 0,
            input_tokens: 0,
            output_tokens: 0,
            total_tokens: 0,
            cached_tokens: 0,
            reasoning_tokens: 0,
            cost: 0,
        }
    }

    /// The trace it is the row of.
    pub(super) fn trace_id(&self) -> Result<TraceId, StoreError> {
        TraceId::from_slice(&self.trace_id.0).map_err(corrupt)
    }

    /// How the trace stands by its columns.
    pub(super) fn outcome(&self) -> Result<Outcome, StoreError> {
        Ok(Outcome {
            status: status_of(self.status)?,
            start: Timestamp::from_nanos(self.start_ns),
            end: self.end_ns.map(Timestamp::from_nanos),
        })
    }

    /// The state that the columns hold.
    pub(super) fn state(&self) -> Result<TraceState, StoreError> {
        Ok(TraceState {
            report: self.report()?,
            spans_start: self.spans_start_ns.map(Timestamp::from_nanos),
            spans_end: self.spans_end_ns.map(Timestamp::from_nanos),
            lead: self.lead()?,
            belonging: self.belonging(),
            totals: self.totals(),
            died: false,
        })
    }

    fn report(&self) -> Result<Option<Report>, StoreError> {
        let (Some(status), Some(hash), Some(start)) =
            (self.report_status, self.report_hash, self.report_start_ns)
        else {
            return Ok(None);
        };
        let rank = Rank {
            status: status_of(status)?,
            end: self.report_rank_end.map(Timestamp::from_nanos),
            hash,
        };
        let end = self.report_end_ns.map(Timestamp::from_nanos);
        Ok(Some(Report {
            rank,
            start: Timestamp::from_nanos(start),
            end,
        }))
    }

    fn lead(&self) -> Result<Option<Lead>, StoreError> {
        let (Some(id), Some(start), Some(status)) =
            (&self.lead_span_id, self.lead_start_ns, self.lead_status)
        else {
            return Ok(None);
        };
        Ok(Some(Lead {
            has_parent: self.lead_has_parent.unwrap_or_default(),
            start: Timestamp::from_nanos(start),
            span_id: SpanId::from_slice(&id.0).map_err(corrupt)?,
            status: status_of(status)?,
            end: self.lead_end_ns.map(Timestamp::from_nanos),
            name: self.lead_name.clone().unwrap_or_default(),
            agent: self.lead_agent.clone(),
        }))
    }

    fn belonging(&self) -> Belonging {
        let names = |column: &[String]| column.iter().cloned().collect::<Names>();
        let claim = |place: usize, value: &Option<String>| {
            let value = value.clone()?;
            let ranks = self.claims.as_ref().map(|claims| &claims.0);
            let rank = ranks.and_then(|ranks| ranks.chunks_exact(ClaimRank::BYTES).nth(place));
            let rank = rank.and_then(|rank| rank.try_into().ok());
            let rank = rank.map_or(ClaimRank::UNKNOWN, ClaimRank);
            Some(Claim { rank, value })
        };
        Belonging {
            session_id: claim(0, &self.session_id),
            user_id: claim(1, &self.user_id),
            project: claim(2, &self.project),
            agents: names(&self.agents),
            models: names(&self.models),
            tools: names(&self.tools),
        }
    }

    const fn totals(&self) -> Totals {
        Totals {
            spans: self.span_count,
            running: self.running_count,
            failed: self.failed_count,
            llm_calls: self.llm_call_count,
            tool_calls: self.tool_call_count,
            usage: TokenUsage {
                input: self.input_tokens,
                output: self.output_tokens,
                total: self.total_tokens,
                cached: self.cached_tokens,
                reasoning: self.reasoning_tokens,
            },
            cost: NanoUsd::from_nanos(self.cost),
        }
    }

    /// Writes a state into the columns.
    pub(super) fn set(&mut self, state: TraceState, outcome: Outcome) {
        self.status = outcome.status.code();
        self.start_ns = outcome.start.nanos();
        self.end_ns = outcome.end.map(Timestamp::nanos);
        self.report_status = state.report.map(|report| report.rank.status.code());
        self.report_rank_end = state
            .report
            .and_then(|report| report.rank.end)
            .map(Timestamp::nanos);
        self.report_hash = state.report.map(|report| report.rank.hash);
        self.report_start_ns = state.report.map(|report| report.start.nanos());
        self.report_end_ns = state
            .report
            .and_then(|report| report.end)
            .map(Timestamp::nanos);
        self.spans_start_ns = state.spans_start.map(Timestamp::nanos);
        self.spans_end_ns = state.spans_end.map(Timestamp::nanos);
        self.set_lead(state.lead);
        self.set_belonging(state.belonging);
        self.set_totals(&state.totals);
    }

    fn set_lead(&mut self, lead: Option<Lead>) {
        let Some(lead) = lead else { return };
        self.lead_span_id = Some(Bytea(lead.span_id.as_bytes().to_vec()));
        self.lead_has_parent = Some(lead.has_parent);
        self.lead_start_ns = Some(lead.start.nanos());
        self.lead_end_ns = lead.end.map(Timestamp::nanos);
        self.lead_status = Some(lead.status.code());
        self.lead_name = Some(lead.name);
        self.lead_agent = lead.agent;
    }

    fn set_belonging(&mut self, belonging: Belonging) {
        let column = |names: &Names| names.iter().map(str::to_owned).collect();
        self.agents = column(&belonging.agents);
        self.models = column(&belonging.models);
        self.tools = column(&belonging.tools);
        let Belonging {
            session_id,
            user_id,
            project,
            ..
        } = belonging;
        let claims = [&session_id, &user_id, &project];
        let ranks = claims.map(|claim| claim.as_ref().map_or(ClaimRank::UNKNOWN, |it| it.rank));
        let is_said = claims.iter().any(|claim| claim.is_some());
        self.claims = is_said.then(|| Bytea(ranks.map(|rank| rank.0).concat()));
        let value = |claim: Option<Claim>| claim.map(|claim| claim.value);
        self.session_id = value(session_id);
        self.user_id = value(user_id);
        self.project = value(project);
    }

    const fn set_totals(&mut self, totals: &Totals) {
        self.span_count = totals.spans;
        self.running_count = totals.running;
        self.failed_count = totals.failed;
        self.llm_call_count = totals.llm_calls;
        self.tool_call_count = totals.tool_calls;
        self.input_tokens = totals.usage.input;
        self.output_tokens = totals.usage.output;
        self.total_tokens = totals.usage.total;
        self.cached_tokens = totals.usage.cached;
        self.reasoning_tokens = totals.usage.reasoning;
        self.cost = totals.cost.nanos();
    }
}

impl ReportRow {
    /// The columns of a record of the trace.
    pub(super) fn of(trace: &Trace) -> Result<Self, StoreError> {
        let raw = |payload: &Option<RawJson>| payload.as_ref().map(|json| json.get().to_owned());
        let (input, output) = (raw(&trace.user_input), raw(&trace.final_output));
        Ok(Self {
            trace_id: Bytea(trace.trace_id.as_bytes().to_vec()),
            name: trace.name.clone(),
            root_agent_id: trace.root_agent_id.clone(),
            root_agent_name: trace.root_agent_name.clone(),
            user_input: frame(input.as_deref())?,
            final_output: frame(output.as_deref())?,
            error: trace
                .error
                .as_ref()
                .and_then(RawJson::of)
                .map(|json| json.get().to_owned()),
            reported_tokens: trace
                .reported_tokens
                .as_ref()
                .and_then(RawJson::of)
                .map(|json| json.get().to_owned()),
            reported_cost: trace.reported_cost_usd.map(NanoUsd::nanos),
            metadata: trace.metadata.clone(),
            time_source: trace
                .time_source
                .map(telemetron_model::record::TimeSource::code),
        })
    }
}

fn frame(json: Option<&str>) -> Result<Option<Bytea>, StoreError> {
    let frame = json.map(compress).transpose();
    Ok(frame
        .map_err(|error| StoreError::Environment(sqlx::Error::Io(error)))?
        .map(Bytea))
}

fn status_of(code: i16) -> Result<Status, StoreError> {
    Status::from_code(code).ok_or_else(|| corrupt(format!("status {code}")))
}

fn corrupt(reason: impl ToString) -> StoreError {
    StoreError::Corrupt {
        table: "traces",
        reason: reason.to_string(),
    }
}
