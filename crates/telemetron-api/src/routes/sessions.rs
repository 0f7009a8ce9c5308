//! Conversations.

use axum::Json;
use axum::extract::State;
use telemetron_model::view::{Page, Problem, SessionDetail, SessionSummary};
use telemetron_store::read::sessions::{self, SessionFilter, SessionKey};
use telemetron_store::read::traces::{self, TraceFilter, TraceKey};
use utoipa::IntoParams;

use super::traces::stuck_after;
use crate::cursor;
use crate::error::ApiError;
use crate::path::TextPath;
use crate::query::{FromQuery, PageOf, Parameters, Query};
use crate::state::{ApiState, silent_since};

const LIST: &str = "sessions";

/// Which sessions, and how many.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters that `ListSessions` reads"
)]
pub(crate) struct SessionParams {
    /// The user of their newest trace
    user_id: Option<String>,
    /// The project of their newest trace
    project: Option<String>,
    /// Most items of a page
    #[param(default = 50, minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// The parameters of a list of sessions, read.
#[derive(Debug)]
pub(crate) struct ListSessions {
    filter: SessionFilter,
    page: PageOf<SessionKey>,
}

impl FromQuery for ListSessions {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            filter: SessionFilter {
                user_id: query.text("user_id"),
                project: query.text("project"),
            },
            page: PageOf::from_query(query, LIST, 50, 1000)?,
        })
    }
}

/// Lists sessions, the one with the newest trace first.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    operation_id = "list_sessions",
    tag = "sessions",
    params(SessionParams),
    responses(
        (status = 200, description = "A page of sessions", body = Page<SessionSummary>),
        (status = 400, description = "A parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_sessions(
    State(state): State<ApiState>,
    Query(list): Query<ListSessions>,
) -> Result<Json<Page<SessionSummary>>, ApiError> {
    let freshness = state.freshness();
    let PageOf { limit, after } = list.page;
    let slice = sessions::list(&state.db, &list.filter, after.as_ref(), limit).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        freshness,
    }))
}

/// Which traces of a session.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `GetSession` reads")]
pub(crate) struct SessionTraceParams {
    /// Seconds of silence after which a running trace is stuck
    #[param(default = 300)]
    stuck_after_s: Option<i64>,
    /// Most traces of a page
    #[param(default = 50, minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// The parameters of a session, read.
#[derive(Debug)]
pub(crate) struct GetSession {
    stuck_after: std::time::Duration,
    page: PageOf<TraceKey>,
}

impl FromQuery for GetSession {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            stuck_after: stuck_after(query)?,
            page: PageOf::from_query(query, super::traces::LIST, 50, 1000)?,
        })
    }
}

/// Gives one session and its traces, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/sessions/{session_id}",
    operation_id = "get_session",
    tag = "sessions",
    params(("session_id" = String, Path, description = "Its id"), SessionTraceParams),
    responses(
        (status = 200, description = "The session", body = SessionDetail),
        (status = 404, description = "There is no such session", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_session(
    State(state): State<ApiState>,
    TextPath(session_id): TextPath,
    Query(wanted): Query<GetSession>,
) -> Result<Json<SessionDetail>, ApiError> {
    let freshness = state.freshness();
    let session = sessions::find(&state.db, &session_id).await?;
    let session = session.ok_or_else(|| ApiError::NotFound {
        what: "session",
        id: session_id.clone(),
        hint: "/api/v1/sessions lists those there are",
    })?;
    let filter = TraceFilter {
        session_id: Some(session_id),
        ..TraceFilter::default()
    };
    let PageOf { limit, after } = wanted.page;
    let silent_since = silent_since(wanted.stuck_after);
    let slice = traces::list(&state.db, &filter, after, limit, silent_since).await?;
    Ok(Json(SessionDetail {
        session,
        traces: slice.items,
        next: slice
            .next
            .map(|key| cursor::encode(super::traces::LIST, &key)),
        freshness,
    }))
}
