//! What differs between two traces.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use telemetron_model::TraceId;
use telemetron_model::view::{ComparisonAnswer, Problem};
use telemetron_oracle::compare::compare;
use telemetron_store::read::whole;
use utoipa::IntoParams;

use super::diagnosis::{computed, load};
use super::traces::stuck_after;
use crate::error::ApiError;
use crate::query::{FromQuery, Parameters, Query};
use crate::state::ApiState;

/// Asks for the last good run of the same kind.
const LAST_GOOD: &str = "last-good";

/// Which traces are compared.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters that `GetComparison` reads"
)]
pub(crate) struct ComparisonParams {
    /// The trace in question
    a: String,
    /// The trace it is held against; `last-good` finds the latest one before it that has the same
    /// name and project, shares an agent with it, and completed without errors
    #[param(default = "last-good")]
    b: Option<String>,
    /// Seconds of silence after which a running trace is stuck
    #[param(default = 300)]
    stuck_after_s: Option<i64>,
}

/// The parameters of a comparison, read. No `b`: the last good one.
#[derive(Debug)]
pub(crate) struct GetComparison {
    a: TraceId,
    b: Option<TraceId>,
    stuck_after: Duration,
}

impl FromQuery for GetComparison {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let a = query.value("a")?;
        let b = match query.text("b") {
            Some(text) if text != LAST_GOOD => Some(text.parse().map_err(|error| {
                ApiError::field("b", format!("`b`: {error}; or say `{LAST_GOOD}`"))
            })?),
            _ => None,
        };
        Ok(Self {
            a: a.ok_or_else(|| ApiError::field("a", "`a`: name the trace in question"))?,
            b,
            stuck_after: stuck_after(query)?,
        })
    }
}

/// Aligns two traces and says what differs: steps, arguments, models, prompts, times, outcome.
#[utoipa::path(
    get,
    path = "/api/v1/traces/compare",
    operation_id = "get_comparison",
    tag = "traces",
    params(ComparisonParams),
    responses(
        (status = 200, description = "What differs", body = ComparisonAnswer),
        (status = 400, description = "An id or parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such trace, or no good one", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_comparison(
    State(state): State<ApiState>,
    Query(wanted): Query<GetComparison>,
) -> Result<Json<ComparisonAnswer>, ApiError> {
    let freshness = state.freshness();
    let a = load(&state, wanted.a, wanted.stuck_after).await?;
    let (b, because) = match wanted.b {
        Some(b) => (b, None),
        None => {
            let found = last_good(&state, wanted.a).await?;
            let because = "the latest one before it with the same name and project and an agent \
                           in common that completed without errors";
            (found, Some(because.to_owned()))
        }
    };
    let b = load(&state, b, wanted.stuck_after).await?;
    let comparison = computed(move || compare(&a, &b, because)).await?;
    Ok(Json(ComparisonAnswer {
        comparison,
        freshness,
    }))
}

async fn last_good(state: &ApiState, of: TraceId) -> Result<TraceId, ApiError> {
    let found = whole::last_good(&state.db, of).await?;
    found.ok_or_else(|| ApiError::NotFound {
        what: "good trace before",
        id: of.to_string(),
        hint: "none of the same name and project completed without errors; name one as `b`",
    })
}
