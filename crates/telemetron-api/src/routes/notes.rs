//! Events, handoffs and errors of a trace, page after page, each of them whole.

use axum::Json;
use axum::extract::State;
use telemetron_model::TraceId;
use telemetron_store::read::notes::{self, Budget, Note};
use telemetron_view::{ErrorView, EventView, Follow, HandoffView, Page};

use crate::cursor;
use crate::error::ApiError;
use crate::follow;
use crate::path::TracePath;
use crate::problems::OfTrace;
use crate::query::{Parameter, Query, Shown, cursor, number, params, text};
use crate::state::ApiState;

/// Most bytes of what the items of a page carry along; an item that is larger has a page alone.
const MAX_BYTES: i64 = 8 * 1024 * 1024;

params! {
    /// How many, and from where on.
    pub(crate) struct ListNotes {
        /// Most items of a page; it ends earlier once they carry 8 MiB, and `next` goes on
        limit: usize = number(1..=10_000).or(1000),
        /// `next` of the page before
        cursor: Option<String> = text(),
        follow: Option<Follow> = follow::follow(),
    }
}

/// Lists the events of a trace, earliest first, each with all its data.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/events",
    operation_id = "list_events",
    tag = "traces",
    params(TracePath, ListNotes),
    responses(
        (status = 200, description = "A page of events", body = Page<EventView>),
        OfTrace,
    ),
)]
pub(crate) async fn list_events(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListNotes>,
) -> Result<Json<Page<EventView>>, ApiError> {
    page(&state, trace_id, list).await
}

/// Lists the handoffs of a trace, earliest first, each with all its context.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/handoffs",
    operation_id = "list_handoffs",
    tag = "traces",
    params(TracePath, ListNotes),
    responses(
        (status = 200, description = "A page of handoffs", body = Page<HandoffView>),
        OfTrace,
    ),
)]
pub(crate) async fn list_handoffs(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListNotes>,
) -> Result<Json<Page<HandoffView>>, ApiError> {
    page(&state, trace_id, list).await
}

/// Lists the errors of a trace, earliest first, each with its whole stack.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/errors",
    operation_id = "list_errors",
    tag = "traces",
    params(TracePath, ListNotes),
    responses(
        (status = 200, description = "A page of errors", body = Page<ErrorView>),
        OfTrace,
    ),
)]
pub(crate) async fn list_errors(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListNotes>,
) -> Result<Json<Page<ErrorView>>, ApiError> {
    page(&state, trace_id, list).await
}

async fn page<N: Note>(
    state: &ApiState,
    trace_id: TraceId,
    list: ListNotes,
) -> Result<Json<Page<N>>, ApiError> {
    let freshness = state.freshness();
    let after = cursor(N::LIST).read(list.cursor.as_deref());
    let after = after.map_err(|reason| ApiError::field("cursor", format!("`cursor`: {reason}")))?;
    let (traces, _) = follow::scope(state, trace_id, list.follow).await?;
    let budget = Budget {
        items: i64::try_from(list.limit).unwrap_or(i64::MAX),
        bytes: MAX_BYTES,
    };
    let slice = notes::list(&state.db, traces, after.as_ref(), budget).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(N::LIST, &key)),
        freshness,
    }))
}
