//! The graph of a trace's agents.

use axum::Json;
use axum::extract::State;
use telemetron_model::view::{AgentGraph, Problem};
use telemetron_store::read::{graph, traces};

use crate::error::ApiError;
use crate::path::TracePath;
use crate::query::{NoQuery, Query};
use crate::state::ApiState;

/// Gives the agents of a trace, and who called whom.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/graph",
    operation_id = "get_graph",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits, or a UUID")),
    responses(
        (status = 200, description = "The graph", body = AgentGraph),
        (status = 400, description = "The id is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such trace", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_graph(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<AgentGraph>, ApiError> {
    let freshness = state.freshness();
    let trace = traces::locate(&state.db, trace_id).await?;
    let trace = trace.ok_or_else(|| ApiError::no_trace(trace_id))?;
    let graph = graph::read(&state.db, trace).await?;
    Ok(Json(AgentGraph {
        trace_id,
        nodes: graph.nodes,
        edges: graph.edges,
        unattributed: graph.unattributed,
        freshness,
    }))
}
