//! The state that a row of `traces` holds.

use telemetron_model::fold::{
    Belonging, Claim, ClaimRank, Lead, Names, Outcome, Rank, Report, Totals, TraceState,
};
use telemetron_model::record::{Status, TokenUsage, Trace};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp, TraceId};

use crate::StoreError;
use crate::payload::compress;
use crate::tables::{Bytea, ReportRow, TraceRow};

impl TraceRow {
    /// The row of a trace of which nothing is stored yet.
    pub(in crate::write) fn absent(
        trace_id: TraceId,
        first_seen: Timestamp,
        truncated: bool,
    ) -> Self {
        Self {
            trace_id: Bytea(trace_id.as_bytes().to_vec()),
            day: first_seen.day(),
            first_seen_ns: first_seen.nanos(),
            last_seen_ns: first_seen.nanos(),
            truncated,
            status: Status::Running.code(),
            start_ns: first_seen.nanos(),
            ..Self::default()
        }
    }

    /// The trace it is the row of.
    pub(in crate::write) fn trace_id(&self) -> Result<TraceId, StoreError> {
        TraceId::from_slice(&self.trace_id.0).map_err(corrupt)
    }

    /// How the trace stands by its columns.
    pub(in crate::write) fn outcome(&self) -> Result<Outcome, StoreError> {
        Ok(Outcome {
            status: status_of(self.status)?,
            start: Timestamp::from_nanos(self.start_ns),
            end: self.end_ns.map(Timestamp::from_nanos),
        })
    }

    /// The state that the columns hold.
    pub(in crate::write) fn state(&self) -> Result<TraceState, StoreError> {
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
    pub(in crate::write) fn set(&mut self, state: TraceState, outcome: Outcome) {
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
    pub(in crate::write) fn of(trace: &Trace) -> Result<Self, StoreError> {
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
