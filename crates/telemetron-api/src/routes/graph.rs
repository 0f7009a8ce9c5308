//! The graph of a trace's agents.

use axum::Json;
use axum::extract::State;
use telemetron_store::read::graph;
use telemetron_view::{AgentGraph, Follow};

use crate::error::ApiError;
use crate::follow;
use crate::path::TracePath;
use crate::problems::OfTrace;
use crate::query::{Query, params};
use crate::state::ApiState;

params! {
    /// Whose graph.
    pub(crate) struct GetGraph {
        follow: Option<Follow> = follow::follow(),
    }
}

/// Gives the agents of a trace, and who called whom.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/graph",
    operation_id = "get_graph",
    tag = "traces",
    params(TracePath, GetGraph),
    responses(
        (status = 200, description = "The graph", body = AgentGraph),
        OfTrace,
    ),
)]
pub(crate) async fn get_graph(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(GetGraph { follow }): Query<GetGraph>,
) -> Result<Json<AgentGraph>, ApiError> {
    let freshness = state.freshness();
    let (traces, run) = follow::scope(&state, trace_id, follow).await?;
    let graph = graph::read(&state.db, traces).await?;
    Ok(Json(AgentGraph {
        trace_id,
        run,
        nodes: graph.nodes,
        edges: graph.edges,
        unattributed: graph.unattributed,
        freshness,
    }))
}
