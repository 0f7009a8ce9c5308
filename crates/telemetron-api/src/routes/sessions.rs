//! Conversations.

use axum::Json;
use axum::extract::State;
use telemetron_store::read::sessions::{self, SessionFilter, SessionKey};
use telemetron_store::read::traces::{self, TraceFilter, TraceKey};
use telemetron_view::{Page, SessionDetail, SessionSummary};

use crate::cursor;
use crate::error::ApiError;
use crate::path::TextPath;
use crate::problems::OfSession;
use crate::query::{Query, Shown, cursor, number, params, text};
use crate::state::{ApiState, silent_since, stuck_after};

const LIST: &str = "sessions";

params! {
    /// Which sessions, and how many.
    pub(crate) struct ListSessions {
        /// The user of their newest trace
        user_id: Option<String> = text(),
        /// The project of their newest trace
        project: Option<String> = text(),
        /// Most items of a page
        limit: usize = number(1..=1000).or(50),
        cursor: Option<SessionKey> = cursor(LIST),
    }
}

/// Lists sessions, the one with the newest trace first.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    operation_id = "list_sessions",
    tag = "sessions",
    params(ListSessions),
    responses(
        (status = 200, description = "A page of sessions", body = Page<SessionSummary>),
    ),
)]
pub(crate) async fn list_sessions(
    State(state): State<ApiState>,
    Query(list): Query<ListSessions>,
) -> Result<Json<Page<SessionSummary>>, ApiError> {
    let freshness = state.freshness();
    let filter = SessionFilter {
        user_id: list.user_id,
        project: list.project,
    };
    let slice = sessions::list(&state.db, &filter, list.cursor.as_ref(), list.limit).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        freshness,
    }))
}

params! {
    /// Which traces of a session.
    pub(crate) struct GetSession {
        stuck_after_s: i64 = stuck_after(),
        /// Most traces of a page
        limit: usize = number(1..=1000).or(50),
        cursor: Option<TraceKey> = cursor(super::traces::LIST),
    }
}

/// Gives one session and its traces, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/sessions/{session_id}",
    operation_id = "get_session",
    tag = "sessions",
    params(("session_id" = String, Path, description = "Its id"), GetSession),
    responses(
        (status = 200, description = "The session", body = SessionDetail),
        OfSession,
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
    let silent_since = silent_since(wanted.stuck_after_s);
    let slice = traces::list(
        &state.db,
        &filter,
        wanted.cursor,
        wanted.limit,
        silent_since,
    )
    .await?;
    Ok(Json(SessionDetail {
        session,
        traces: slice.items,
        next: slice
            .next
            .map(|key| cursor::encode(super::traces::LIST, &key)),
        freshness,
    }))
}
