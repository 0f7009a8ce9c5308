//! What differs between two traces.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use telemetron_diagnosis::compare::compare;
use telemetron_model::TraceId;
use telemetron_store::read::whole::{self, LastGood};
use telemetron_view::ComparisonAnswer;

use super::diagnosis::{computed, load};
use crate::error::ApiError;
use crate::problems::OfTwo;
use crate::query::{Kind, Query, Shown, params, text};
use crate::state::{ApiState, stuck_after};
use crate::which;

/// What a trace is held against.
#[derive(Debug, Clone)]
pub(crate) enum Against {
    /// The last good run of the same kind.
    LastGood,
    /// A trace that was chosen, as it is named.
    Trace(String),
}

const LAST_GOOD: &str = "last-good";

impl FromStr for Against {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            LAST_GOOD => Self::LastGood,
            named => Self::Trace(named.to_owned()),
        })
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastGood => f.write_str(LAST_GOOD),
            Self::Trace(named) => f.write_str(named),
        }
    }
}

params! {
    /// Which traces are compared.
    pub(crate) struct GetComparison {
        /// The trace in question
        a: String = text().required("name the trace in question"),
        /// The trace it is held against; `last-good` finds the latest one before it that has the same
        /// name and project, shares an agent with it, and completed without errors, if possible one that
        /// was given the same input
        b: Against = text().or(Against::LastGood),
        stuck_after_s: i64 = stuck_after(),
    }
}

/// Aligns two traces and says what differs: steps, arguments, models, prompts, times, outcome.
#[utoipa::path(
    get,
    path = "/api/v1/traces/compare",
    operation_id = "get_comparison",
    tag = "traces",
    params(GetComparison),
    responses(
        (status = 200, description = "What differs", body = ComparisonAnswer),
        OfTwo,
    ),
)]
pub(crate) async fn get_comparison(
    State(state): State<ApiState>,
    Query(wanted): Query<GetComparison>,
) -> Result<Json<ComparisonAnswer>, ApiError> {
    let freshness = state.freshness();
    let a = which::trace(&state, "a", &wanted.a).await?;
    let (b, because) = match wanted.b {
        Against::Trace(named) => (which::trace(&state, "b", &named).await?, None),
        Against::LastGood => {
            let found = last_good(&state, a).await?;
            (found.trace_id, Some(because(found)))
        }
    };
    let a = load(&state, a, wanted.stuck_after_s).await?;
    let b = load(&state, b, wanted.stuck_after_s).await?;
    let comparison = computed(move || compare(&a, &b, because)).await?;
    Ok(Json(ComparisonAnswer {
        comparison,
        freshness,
    }))
}

/// How a good run was found.
fn because(found: LastGood) -> String {
    let input = if found.has_same_input {
        ", and the same input"
    } else {
        ""
    };
    format!(
        "the latest one before it with the same name and project and an agent in common{input} that \
         completed without errors"
    )
}

async fn last_good(state: &ApiState, of: TraceId) -> Result<LastGood, ApiError> {
    let found = whole::last_good(&state.db, of).await?;
    found.ok_or_else(|| ApiError::NotFound {
        what: "good trace before",
        id: of.to_string(),
        hint: "none of the same name and project completed without errors; name one as `b`",
    })
}
