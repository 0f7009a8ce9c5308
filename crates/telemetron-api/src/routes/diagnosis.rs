//! Why a trace failed.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use telemetron_diagnosis::{DEFAULT_TOKENS, Focus, Memory, StoredContext, diagnose};
use telemetron_model::{SpanId, TraceId};
use telemetron_store::memory::{self, Frame, Snapshot};
use telemetron_store::read::whole::{self, Asked, Vicinity, WholeTrace};
use telemetron_view::oracle::TimelineItem;
use telemetron_view::{Diagnosis, DiagnosisAnswer, Follow, SpanOfTrace};

use crate::error::ApiError;
use crate::follow;
use crate::path::TracePath;
use crate::problems::OfTrace;
use crate::query::{Query, Shown, number, params};
use crate::state::{ApiState, silent_since, stuck_after};

params! {
    /// How much of a diagnosis is wanted.
    pub(crate) struct GetDiagnosis {
        /// Most tokens that the answer takes a model, roughly; what matters least is left out
        max_tokens: usize = number(200..=100_000).or(DEFAULT_TOKENS),
        stuck_after_s: i64 = stuck_after(),
        follow: Option<Follow> = follow::follow(),
    }
}

/// Says why a trace failed: where the error began, the way it took, likely causes in order.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/diagnosis",
    operation_id = "get_diagnosis",
    tag = "traces",
    params(TracePath, GetDiagnosis),
    responses(
        (status = 200, description = "The diagnosis", body = DiagnosisAnswer),
        OfTrace,
    ),
)]
pub(crate) async fn get_diagnosis(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(wanted): Query<GetDiagnosis>,
) -> Result<Json<DiagnosisAnswer>, ApiError> {
    let freshness = state.freshness();
    let (trace, run) = match wanted.follow {
        None => (load(&state, trace_id, wanted.stuck_after_s).await?, None),
        Some(follow) => {
            let silent_since = silent_since(wanted.stuck_after_s);
            let run = follow::find(&state, trace_id, follow, silent_since).await?;
            (whole::read_run(&state.db, &run).await?, Some(run.view()))
        }
    };
    let of_run = run.is_some().then(|| span_traces(&trace));
    let mut diagnosis = diagnosed(&state, trace, wanted.max_tokens).await?;
    let mut traces = Vec::new();
    if let (Some(run), Some(of_run)) = (&run, of_run) {
        diagnosis.limits.extend(run.more.then(|| MORE.to_owned()));
        traces = named(&diagnosis, &of_run);
    }
    Ok(Json(DiagnosisAnswer {
        diagnosis,
        run,
        span_traces: traces,
        freshness,
    }))
}

/// What is said where a run has more than is read of one.
const MORE: &str = "the run has more traces than were looked at";

/// The traces of the spans of a run.
fn span_traces(trace: &WholeTrace) -> HashMap<SpanId, TraceId> {
    let spans = trace.spans.iter();
    spans
        .filter_map(|span| Some((span.span_id, span.trace_id?)))
        .collect()
}

/// The traces of the spans that a diagnosis names.
fn named(diagnosis: &Diagnosis, of_run: &HashMap<SpanId, TraceId>) -> Vec<SpanOfTrace> {
    let causes = diagnosis.causes.iter();
    let path = diagnosis.critical_path.iter();
    let spans: BTreeSet<SpanId> = causes
        .flat_map(|cause| cause.span_id.iter().chain(&cause.evidence))
        .chain(diagnosis.findings.iter().flat_map(|found| &found.evidence))
        .chain(diagnosis.chain.iter().map(|link| &link.span_id))
        .chain(path.flat_map(|path| path.parts.iter().map(|part| &part.span_id)))
        .copied()
        .collect();
    let of = |span_id| {
        let trace_id = *of_run.get(&span_id)?;
        Some(SpanOfTrace { trace_id, span_id })
    };
    spans.into_iter().filter_map(of).collect()
}

/// Reads a trace whole.
pub(crate) async fn load(
    state: &ApiState,
    trace_id: TraceId,
    stuck_after_s: i64,
) -> Result<WholeTrace, ApiError> {
    let trace = whole::read(&state.db, trace_id, silent_since(stuck_after_s)).await?;
    trace.ok_or_else(|| ApiError::no_trace(trace_id))
}

/// Diagnoses a trace, on a thread where it holds up no other request.
pub(crate) async fn diagnosed(
    state: &ApiState,
    trace: WholeTrace,
    max_tokens: usize,
) -> Result<Diagnosis, ApiError> {
    let focusing = move || (Focus::of(&trace), trace);
    let (focus, trace) = computed(focusing).await?;
    let surroundings = Surroundings::read(state, &focus).await?;
    computed(move || diagnose(&trace, &surroundings.opened(), Some(max_tokens))).await
}

/// Most moments in the life of issues that are read.
const CHANGES: usize = 200;

/// What was read of the time of a failure.
struct Surroundings {
    around: Vicinity,
    frames: Vec<Frame>,
    changes: Vec<TimelineItem>,
    present: Option<Snapshot>,
}

impl Surroundings {
    async fn read(state: &ApiState, focus: &Focus) -> Result<Self, ApiError> {
        let asked = Asked {
            trace_id: focus.trace_id,
            traces: focus.traces.clone(),
            span_id: focus.span_id,
            from: focus.from,
            until: focus.until,
        };
        let moments = focus.moments();
        let (first, last) = (moments[0], moments[moments.len() - 1]);
        let (around, frames, changes) = tokio::try_join!(
            whole::around(&state.db, asked),
            memory::frames(&state.db, &moments),
            memory::timeline(&state.db, first, last, None, CHANGES),
        )?;
        Ok(Self {
            around,
            frames,
            changes,
            present: present(state, focus),
        })
    }

    fn opened(self) -> StoredContext {
        let mut memory = Memory::open(&self.frames, self.changes);
        if let Some(present) = self.present {
            memory.add_present(present);
        }
        StoredContext {
            around: self.around,
            memory,
        }
    }
}

/// The system now, while the failure is so fresh that the present belongs to its time.
fn present(state: &ApiState, focus: &Focus) -> Option<Snapshot> {
    let now = state.oracle.now();
    let is_near = (focus.at..=focus.until).contains(&now.at);
    (now.warm && is_near).then(|| now.snapshot())
}

/// Work for the processor, done where waiting is no harm.
pub(super) async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ApiError::Internal(error.to_string()))
}
