//! One trace with what belongs to it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};
use telemetron_store::read::notes::{self, Budget};
use telemetron_store::read::run::{self, FoundRun};
use telemetron_store::read::spans::{self, SpanKey};
use telemetron_store::read::traces::{self, FoundTrace};
use telemetron_store::read::{Located, Scope};
use telemetron_view::{
    Follow, Omitted, PayloadNote, Run, SpanView, TraceAnswer, TraceCounts, TraceDetail,
};

use super::spans::LIST;
use crate::cursor;
use crate::error::ApiError;
use crate::follow;
use crate::path::TracePath;
use crate::payloads::Fitting;
use crate::problems::OfTrace;
use crate::query::{Query, Shown, cursor, number, one_of, params};
use crate::state::{ApiState, silent_since, stuck_after};

/// Most bytes of payloads in one answer.
const MAX_PAYLOAD_BYTES: usize = 8 * 1024 * 1024;

/// Most events, handoffs and errors of each in one answer, and most bytes of what they carry.
const NOTES: Budget = Budget {
    items: 1000,
    bytes: 1024 * 1024,
};

/// What an answer has beside the usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Include {
    /// Inputs and outputs.
    Payloads,
}

params! {
    /// What of a trace is wanted.
    pub(crate) struct GetTrace {
        /// `payloads` adds inputs and outputs, up to 8 MiB in all
        include: Option<Include> = one_of([("payloads", Include::Payloads)]),
        stuck_after_s: i64 = stuck_after(),
        /// Most spans of a page
        limit: usize = number(1..=10_000).or(10_000),
        cursor: Option<SpanKey> = cursor(LIST),
        follow: Option<Follow> = follow::follow(),
    }
}

/// Gives one trace: itself, its spans, events, handoffs and errors.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}",
    operation_id = "get_trace",
    tag = "traces",
    params(TracePath, GetTrace),
    responses(
        (status = 200, description = "The trace", body = TraceAnswer),
        OfTrace,
    ),
)]
pub(crate) async fn get_trace(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(wanted): Query<GetTrace>,
) -> Result<Json<TraceAnswer>, ApiError> {
    let freshness = state.freshness();
    let silent_since = silent_since(wanted.stuck_after_s);
    let subject = Subject::find(&state, trace_id, wanted.follow, silent_since).await?;
    let first_page = wanted.cursor.is_none();
    let slice = spans::list(&state.db, subject.scope(), wanted.cursor, wanted.limit).await?;
    let mut answer = TraceAnswer {
        trace: subject.detail(&state).await?,
        run: subject.run(),
        spans: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        events: Vec::new(),
        handoffs: Vec::new(),
        errors: Vec::new(),
        omitted: Omitted::default(),
        payloads: None,
        freshness,
    };
    if first_page {
        add_notes(&state, &subject.scope(), &mut answer).await?;
    }
    answer.omitted = omitted(&answer);
    if wanted.include == Some(Include::Payloads) {
        answer.payloads = Some(add_payloads(&state, &subject, &mut answer).await?);
    }
    Ok(Json(answer))
}

/// What an answer is about.
enum Subject {
    Trace(Box<FoundTrace>),
    Run(Box<FoundRun>),
}

impl Subject {
    async fn find(
        state: &ApiState,
        trace_id: TraceId,
        follow: Option<Follow>,
        silent_since: Timestamp,
    ) -> Result<Self, ApiError> {
        if let Some(follow) = follow {
            let run = follow::find(state, trace_id, follow, silent_since).await?;
            return Ok(Self::Run(Box::new(run)));
        }
        let found = traces::find(&state.db, trace_id, silent_since).await?;
        let found = found.ok_or_else(|| ApiError::no_trace(trace_id))?;
        Ok(Self::Trace(Box::new(found)))
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Trace(found) => found.located.into(),
            Self::Run(run) => run.scope().clone(),
        }
    }

    /// What is said of it; of a trace also what its whole run comes to.
    async fn detail(&self, state: &ApiState) -> Result<TraceDetail, ApiError> {
        match self {
            Self::Trace(found) => {
                let mut detail = found.detail.clone();
                detail.summary.run = run::sums(&state.db, found.id()).await?;
                Ok(detail)
            }
            Self::Run(run) => Ok(run.detail()),
        }
    }

    fn run(&self) -> Option<Run> {
        match self {
            Self::Trace(_) => None,
            Self::Run(run) => Some(run.view()),
        }
    }

    /// What the user asked and what the user got.
    async fn payloads(
        &self,
        state: &ApiState,
    ) -> Result<(Option<RawJson>, Option<RawJson>), ApiError> {
        let payloads = match self {
            Self::Trace(found) => traces::payloads(&state.db, found.located, found.lead).await?,
            Self::Run(run) => run.payloads(&state.db).await?,
        };
        Ok(payloads)
    }

    fn traces(&self) -> Vec<Located> {
        match self {
            Self::Trace(found) => vec![found.located],
            Self::Run(run) => run.located().collect(),
        }
    }
}

async fn add_notes(
    state: &ApiState,
    traces: &Scope,
    answer: &mut TraceAnswer,
) -> Result<(), ApiError> {
    let counts = answer.trace.summary.counts;
    if counts.events > 0 {
        answer.events = notes::events(&state.db, traces.clone(), NOTES).await?;
    }
    if counts.handoffs > 0 {
        answer.handoffs = notes::handoffs(&state.db, traces.clone(), NOTES).await?;
    }
    if counts.errors > 0 {
        answer.errors = notes::errors(&state.db, traces.clone(), NOTES).await?;
    }
    Ok(())
}

fn omitted(answer: &TraceAnswer) -> Omitted {
    let TraceCounts {
        spans,
        events,
        handoffs,
        errors,
        ..
    } = answer.trace.summary.counts;
    let left = |all: i64, here: usize| (all - i64::try_from(here).unwrap_or(all)).max(0);
    Omitted {
        spans: left(spans, answer.spans.len()),
        events: left(events, answer.events.len()),
        handoffs: left(handoffs, answer.handoffs.len()),
        errors: left(errors, answer.errors.len()),
    }
}

/// Adds the payloads that fit: of the trace first, then of its spans in their order.
async fn add_payloads(
    state: &ApiState,
    subject: &Subject,
    answer: &mut TraceAnswer,
) -> Result<PayloadNote, ApiError> {
    let mut fitting = Fitting::new(MAX_PAYLOAD_BYTES);
    let (input, output) = subject.payloads(state).await?;
    let TraceDetail {
        user_input,
        final_output,
        ..
    } = &mut answer.trace;
    *user_input = input.filter(|json| fitting.takes(json.get().len()));
    *final_output = output.filter(|json| fitting.takes(json.get().len()));
    let mut fit: HashMap<TraceId, Vec<SpanId>> = HashMap::new();
    for span in &answer.spans {
        if fitting.takes_span(span_bytes(span)) {
            fit.entry(span.trace_id).or_default().push(span.span_id);
        }
    }
    let mut payloads = HashMap::new();
    for trace in subject.traces() {
        let ids = fit.remove(&trace.trace_id).unwrap_or_default();
        let found = spans::payloads(&state.db, trace, &ids).await?;
        payloads.extend(
            found
                .into_iter()
                .map(|(id, found)| ((trace.trace_id, id), found)),
        );
    }
    for span in &mut answer.spans {
        if let Some((input, output)) = payloads.remove(&(span.trace_id, span.span_id)) {
            (span.input_data, span.output_data) = (input, output);
        }
    }
    Ok(fitting.note())
}

fn span_bytes(span: &SpanView) -> usize {
    let bytes = [span.input_bytes, span.output_bytes].into_iter().flatten();
    bytes
        .map(|bytes| usize::try_from(bytes).unwrap_or_default())
        .sum()
}
