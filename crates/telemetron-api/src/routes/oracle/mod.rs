//! The Oracle: the state of the whole system, what is wrong with it, and how it was.

pub(crate) mod history;
pub(crate) mod issues;
pub(crate) mod schema;
pub(crate) mod sections;
pub(crate) mod state;

use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use telemetron_model::Timestamp;
use telemetron_oracle::SystemSnapshot;
use telemetron_store::memory::{self, Frame, Snapshot};
use telemetron_view::oracle::{Issue, SystemState};

use super::diagnosis::computed;
use crate::error::ApiError;
use crate::query::{Instant, Parameter};
use crate::state::ApiState;

/// Asks for a moment.
fn at() -> impl Parameter<Value = Option<Timestamp>> {
    Instant.about("As it was then; the present when absent")
}

/// The system at one moment: now, or as the memory holds it.
pub(super) enum Moment {
    /// Now.
    Now(Arc<SystemSnapshot>),
    /// Then.
    Then(Box<Snapshot>),
}

impl Moment {
    /// The system at an instant; now when there is none.
    async fn at(state: &ApiState, at: Option<Timestamp>) -> Result<Self, ApiError> {
        let Some(at) = at else {
            return Ok(Self::Now(state.oracle.now()));
        };
        let snapshot = opened(remembered(state, at).await?).await?;
        Ok(Self::Then(Box::new(snapshot)))
    }

    fn state(&self) -> &SystemState {
        match self {
            Self::Now(now) => &now.state,
            Self::Then(then) => &then.state,
        }
    }

    fn issues(&self) -> &[Issue] {
        match self {
            Self::Now(now) => &now.issues,
            Self::Then(then) => &then.issues,
        }
    }

    fn taken_at(&self) -> Timestamp {
        match self {
            Self::Now(now) => now.at,
            Self::Then(then) => then.taken_at,
        }
    }
}

/// What is remembered of an instant, not opened yet.
pub(super) async fn remembered(state: &ApiState, at: Timestamp) -> Result<Frame, ApiError> {
    let frame = memory::at(&state.db, at).await?;
    frame.ok_or_else(|| no_snapshot(at))
}

/// Opens a snapshot, on a thread where it holds up no other request.
pub(super) async fn opened(frame: Frame) -> Result<Snapshot, ApiError> {
    Ok(computed(move || frame.open()).await??)
}

/// There is nothing in the memory from then or before.
fn no_snapshot(at: Timestamp) -> ApiError {
    ApiError::NotFound {
        what: "snapshot from before",
        id: at.to_string(),
        hint: "/api/v1/oracle/history lists those there are",
    }
}

/// Text for people and language models.
fn plain(text: impl Into<axum::body::Body>) -> Response {
    let kind = "text/plain; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text.into()).into_response()
}

/// JSON that is written already.
fn written(json: impl Into<axum::body::Body>) -> Response {
    let kind = "application/json";
    ([(header::CONTENT_TYPE, kind)], json.into()).into_response()
}
