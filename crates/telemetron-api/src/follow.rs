//! One trace, or the whole run that it belongs to: `follow`.

use telemetron_model::{Timestamp, TraceId};
use telemetron_store::read::Scope;
use telemetron_store::read::run::{self, FoundRun};
use telemetron_store::read::traces;
use telemetron_view::{Follow, Run};

use crate::error::ApiError;
use crate::query::{Parameter, word};
use crate::state::ApiState;

/// Whether the whole run is asked for.
pub(crate) fn follow() -> impl Parameter<Value = Option<Follow>> {
    word().about(
        "Reads the whole run as one: with `links` all traces that links of spans join to this one, \
         in both directions; with `session` those of its session. At most 200 traces with 100,000 \
         spans.",
    )
}

/// Nothing is stuck before the beginning of time.
const NEVER: Timestamp = Timestamp::from_nanos(i64::MIN);

/// Finds what a question is about: the trace, or its run.
pub(crate) async fn scope(
    state: &ApiState,
    trace_id: TraceId,
    follow: Option<Follow>,
) -> Result<(Scope, Option<Run>), ApiError> {
    let Some(follow) = follow else {
        return Ok((alone(state, trace_id).await?, None));
    };
    let run = find(state, trace_id, follow, NEVER).await?;
    Ok((run.scope().clone(), Some(run.view())))
}

/// The same for who reads nothing but spans: which handoffs stand is no matter.
pub(crate) async fn spans(
    state: &ApiState,
    trace_id: TraceId,
    follow: Option<Follow>,
) -> Result<Scope, ApiError> {
    let Some(follow) = follow else {
        return alone(state, trace_id).await;
    };
    let run = run::find(&state.db, trace_id, follow, NEVER).await?;
    let run = run.ok_or_else(|| ApiError::no_trace(trace_id))?;
    Ok(run.scope().clone())
}

async fn alone(state: &ApiState, trace_id: TraceId) -> Result<Scope, ApiError> {
    let trace = traces::locate(&state.db, trace_id).await?;
    let trace = trace.ok_or_else(|| ApiError::no_trace(trace_id))?;
    Ok(trace.into())
}

/// Finds the run of a trace.
pub(crate) async fn find(
    state: &ApiState,
    trace_id: TraceId,
    follow: Follow,
    silent_since: Timestamp,
) -> Result<FoundRun, ApiError> {
    let run = run::find(&state.db, trace_id, follow, silent_since).await?;
    let run = run.ok_or_else(|| ApiError::no_trace(trace_id))?;
    Ok(run.settled(&state.db).await?)
}
