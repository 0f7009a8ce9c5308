//! Welcome, liveness, readiness, and what Prometheus reads.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use telemetron_runtime::{Metrics, Status};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::openapi::{self, Door};
use crate::state::ApiState;

const SERVED: &str = "open / in a browser";

const NOT_BUILT: &str = "not built: run `npm ci && npm run build` in the folder dashboard and start \
                         again, or name a built one in DASHBOARD_DIR";

/// What there is to see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Welcome {
    /// The name of the platform.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// What it is.
    about: &'static str,
    /// Where its pages are, or how to get them.
    dashboard: &'static str,
    /// Where to go from here.
    links: BTreeMap<&'static str, &'static str>,
    /// Every door there is.
    doors: &'static [Door],
}

/// Says what there is.
#[utoipa::path(
    get, path = "/", operation_id = "get_welcome", tag = "platform",
    responses((status = 200, description = "What there is", body = Welcome)),
)]
pub(crate) async fn get_welcome(State(state): State<ApiState>) -> Json<Welcome> {
    Json(Welcome {
        name: "telemetron",
        version: env!("CARGO_PKG_VERSION"),
        about: "Traces of multi-agent AI systems, live and stored",
        dashboard: if state.dashboard { SERVED } else { NOT_BUILT },
        links: BTreeMap::from([
            ("dead_letters", "/api/v1/dead-letters"),
            ("docs", "/docs"),
            ("health", "/health"),
            ("ingest", "/api/v1/ingest"),
            ("live_recent", "/api/v1/events/recent"),
            ("live_sse", "/api/v1/events/stream"),
            ("live_websocket", "/ws/debug/{client_id}"),
            ("metrics", "/api/v1/metrics"),
            ("openapi", "/api-docs/openapi.json"),
            ("openapi_yaml", "/api-docs/openapi.yaml"),
            ("prometheus", "/metrics"),
            ("oracle_issues", "/api/v1/oracle/issues"),
            ("oracle_state", "/api/v1/oracle/state"),
            ("ready", "/ready"),
            ("sessions", "/api/v1/sessions"),
            ("traces", "/api/v1/traces"),
        ]),
        doors: openapi::doors(),
    })
}

/// That the process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alive {
    /// Always `ok`.
    status: &'static str,
}

/// Says that the process is alive.
#[utoipa::path(
    get, path = "/health", operation_id = "get_health", tag = "platform",
    responses((status = 200, description = "The process is alive", body = Alive)),
)]
pub(crate) async fn get_health() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Which components are ready.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether all are.
    ready: bool,
    /// Each component by name.
    components: BTreeMap<&'static str, Component>,
}

/// Whether a component is ready.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Component {
    /// Whether it is.
    ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Says which of Kafka, Postgres and the rest is ready, and why one is not.
#[utoipa::path(
    get, path = "/ready", operation_id = "get_readiness", tag = "platform",
    responses(
        (status = 200, description = "Everything is ready", body = Readiness),
        (status = 503, description = "Something is not ready", body = Readiness),
    ),
)]
pub(crate) async fn get_readiness(State(state): State<ApiState>) -> Response {
    let snapshot = state.health.snapshot();
    let component = |status| match status {
        Status::Ready => Component {
            ready: true,
            reason: None,
        },
        Status::NotReady { reason } => Component {
            ready: false,
            reason: Some(reason),
        },
    };
    let components = snapshot.components.into_iter();
    let body = Json(Readiness {
        ready: snapshot.ready,
        components: components
            .map(|(name, status)| (name, component(status)))
            .collect(),
    });
    if snapshot.ready {
        body.into_response()
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "1")],
            body,
        )
            .into_response()
    }
}

/// Gives what Prometheus reads.
#[utoipa::path(
    get, path = "/metrics", operation_id = "get_prometheus_metrics", tag = "platform",
    responses((status = 200, description = "Metrics of this process", body = String,
               content_type = "application/openmetrics-text")),
)]
pub(crate) async fn get_prometheus_metrics(
    State(state): State<ApiState>,
) -> Result<Response, ApiError> {
    let text = state.metrics.render();
    let text = text.map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response())
}
