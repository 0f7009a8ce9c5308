//! The sections of the state on their own.

use axum::Json;
use axum::extract::State;
use telemetron_model::Timestamp;
use telemetron_model::oracle::{
    AgentState, ModelState, QueueState, Section, SystemState, WorkloadState,
};
use utoipa::IntoParams;

use super::Moment;
use crate::error::ApiError;
use crate::query::{FromQuery, Parameters, Query};
use crate::state::ApiState;

/// Of when.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `GetSection` reads")]
pub(crate) struct SectionParams {
    /// As it was then (RFC 3339); the present when absent
    #[param(format = DateTime)]
    at: Option<String>,
}

/// The parameters of a section, read.
#[derive(Debug)]
pub(crate) struct GetSection {
    at: Option<Timestamp>,
}

impl FromQuery for GetSection {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let at = query.instant("at")?;
        Ok(Self { at })
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
    params(SectionParams),
    responses((status = 200, description = "The agents", body = Section<AgentState>)),
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
    params(SectionParams),
    responses((status = 200, description = "The workload", body = Section<WorkloadState>)),
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
    params(SectionParams),
    responses((status = 200, description = "The queues", body = Section<QueueState>)),
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
    params(SectionParams),
    responses((status = 200, description = "The models", body = Section<ModelState>)),
)]
pub(crate) async fn list_models(
    State(state): State<ApiState>,
    Query(wanted): Query<GetSection>,
) -> Result<Json<Section<ModelState>>, ApiError> {
    section(&state, &wanted, |told| &told.litellm).await
}
