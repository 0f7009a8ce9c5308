//! The sections of the state on their own.

use axum::Json;
use axum::extract::State;
use telemetron_model::Timestamp;
use telemetron_view::oracle::{
    AgentState, ModelState, QueueState, Section, SystemState, WorkloadState,
};

use super::{Moment, at};
use crate::error::ApiError;
use crate::problems::OfMoment;
use crate::query::{Query, params};
use crate::state::ApiState;

params! {
    /// Of when.
    pub(crate) struct GetSection {
        at: Option<Timestamp> = at(),
    }
}

async fn section<T: Clone>(
    state: &ApiState,
    wanted: &GetSection,
    of: fn(&SystemState) -> &Vec<T>,
) -> Result<Json<Section<T>>, ApiError> {
    let moment = Moment::at(state, wanted.at).await?;
    let told = moment.state();
    Ok(Json(Section {
        items: of(told).clone(),
        generated_at: moment.taken_at().into(),
        sources: told.sources.clone().unwrap_or_default(),
    }))
}

/// Gives the agents, and what each is at work on.
#[utoipa::path(
    get, path = "/api/v1/oracle/agents", operation_id = "list_agents", tag = "oracle",
    params(GetSection),
    responses((status = 200, description = "The agents", body = Section<AgentState>), OfMoment),
)]
pub(crate) async fn list_agents(
    State(state): State<ApiState>,
    Query(wanted): Query<GetSection>,
) -> Result<Json<Section<AgentState>>, ApiError> {
    section(&state, &wanted, |told| &told.agents).await
}

/// Gives what runs in the cluster, and how its pods are.
#[utoipa::path(
    get, path = "/api/v1/oracle/workload", operation_id = "list_workload", tag = "oracle",
    params(GetSection),
    responses((status = 200, description = "The workload", body = Section<WorkloadState>), OfMoment),
)]
pub(crate) async fn list_workload(
    State(state): State<ApiState>,
    Query(wanted): Query<GetSection>,
) -> Result<Json<Section<WorkloadState>>, ApiError> {
    section(&state, &wanted, |told| &told.workload).await
}

/// Gives the queues, and the tasks that wait in them.
#[utoipa::path(
    get, path = "/api/v1/oracle/queues", operation_id = "list_queues", tag = "oracle",
    params(GetSection),
    responses((status = 200, description = "The queues", body = Section<QueueState>), OfMoment),
)]
pub(crate) async fn list_queues(
    State(state): State<ApiState>,
    Query(wanted): Query<GetSection>,
) -> Result<Json<Section<QueueState>>, ApiError> {
    section(&state, &wanted, |told| &told.queues).await
}

/// Gives the models, their limits, and what the last minute took of them.
#[utoipa::path(
    get, path = "/api/v1/oracle/llm", operation_id = "list_models", tag = "oracle",
    params(GetSection),
    responses((status = 200, description = "The models", body = Section<ModelState>), OfMoment),
)]
pub(crate) async fn list_models(
    State(state): State<ApiState>,
    Query(wanted): Query<GetSection>,
) -> Result<Json<Section<ModelState>>, ApiError> {
    section(&state, &wanted, |told| &told.litellm).await
}
