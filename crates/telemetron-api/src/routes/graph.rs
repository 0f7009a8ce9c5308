//! The graph of a trace's agents.

use axum::Json;
use axum::extract::State;
use telemetron_model::view::{AgentGraph, Follow, Problem};
use telemetron_store::read::graph;

use crate::error::ApiError;
use crate::follow::{self, FollowParams};
use crate::path::TracePath;
use crate::query::{FromQuery, Parameters, Query};
use crate::state::ApiState;

/// The parameters of a graph, read.
#[derive(Debug)]
pub(crate) struct GetGraph(Option<Follow>);

impl FromQuery for GetGraph {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        follow::follow(query).map(Self)
    }
}

/// Gives the agents of a trace, and who called whom.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/graph",
    operation_id = "get_graph",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits, or a UUID"), FollowParams),
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
    Query(GetGraph(follow)): Query<GetGraph>,
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
