//! Events, handoffs and errors of a trace, page after page, each of them whole.

use std::marker::PhantomData;

use axum::Json;
use axum::extract::State;
use telemetron_model::TraceId;
use telemetron_model::view::{ErrorView, EventView, Follow, HandoffView, Page, Problem};
use telemetron_store::read::notes::{self, Budget, Note, NoteKey};
use utoipa::IntoParams;

use crate::cursor;
use crate::error::ApiError;
use crate::follow::{self, FollowParams};
use crate::path::TracePath;
use crate::query::{FromQuery, PageOf, Parameters, Query};
use crate::state::ApiState;

/// Most bytes of what the items of a page carry along; an item that is larger has a page alone.
const MAX_BYTES: i64 = 8 * 1024 * 1024;

/// How many, and from where on.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `ListNotes` reads")]
pub(crate) struct NoteParams {
    /// Most items of a page; it ends earlier once they carry 8 MiB, and `next` goes on
    #[param(default = 1000, minimum = 1, maximum = 10000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// The parameters of a list of notes, read.
#[derive(Debug)]
pub(crate) struct ListNotes<N>(PageOf<NoteKey>, Option<Follow>, PhantomData<N>);

impl<N: Note> FromQuery for ListNotes<N> {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let page = PageOf::from_query(query, N::LIST, 1000, 10_000)?;
        Ok(Self(page, follow::follow(query)?, PhantomData))
    }
}

/// Lists the events of a trace, earliest first, each with all its data.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/events",
    operation_id = "list_events",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits, or a UUID"), NoteParams, FollowParams),
    responses(
        (status = 200, description = "A page of events", body = Page<EventView>),
        (status = 400, description = "An id or parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such trace", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_events(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListNotes<EventView>>,
) -> Result<Json<Page<EventView>>, ApiError> {
    page(&state, trace_id, list).await
}

/// Lists the handoffs of a trace, earliest first, each with all its context.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/handoffs",
    operation_id = "list_handoffs",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits, or a UUID"), NoteParams, FollowParams),
    responses(
        (status = 200, description = "A page of handoffs", body = Page<HandoffView>),
        (status = 400, description = "An id or parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such trace", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_handoffs(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListNotes<HandoffView>>,
) -> Result<Json<Page<HandoffView>>, ApiError> {
    page(&state, trace_id, list).await
}

/// Lists the errors of a trace, earliest first, each with its whole stack.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/errors",
    operation_id = "list_errors",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits, or a UUID"), NoteParams, FollowParams),
    responses(
        (status = 200, description = "A page of errors", body = Page<ErrorView>),
        (status = 400, description = "An id or parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such trace", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_errors(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListNotes<ErrorView>>,
) -> Result<Json<Page<ErrorView>>, ApiError> {
    page(&state, trace_id, list).await
}

async fn page<N: Note>(
    state: &ApiState,
    trace_id: TraceId,
    ListNotes(PageOf { limit, after }, follow, _): ListNotes<N>,
) -> Result<Json<Page<N>>, ApiError> {
    let freshness = state.freshness();
    let (traces, _) = follow::scope(state, trace_id, follow).await?;
    let budget = Budget {
        items: i64::try_from(limit).unwrap_or(i64::MAX),
        bytes: MAX_BYTES,
    };
    let slice = notes::list(&state.db, traces, after.as_ref(), budget).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(N::LIST, &key)),
        freshness,
    }))
}
