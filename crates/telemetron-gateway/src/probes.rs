//! Welcome, liveness, readiness, and what Prometheus reads.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use telemetron_runtime::Metrics;

use crate::state::State as Shared;

/// Says what is taken where.
pub(crate) async fn get_welcome() -> Json<Value> {
    Json(json!({
        "name": "telemetron gateway",
        "version": env!("CARGO_PKG_VERSION"),
        "about": "OpenTelemetry comes in here: POST, protobuf or JSON; gRPC too",
        "links": {
            "traces": "/v1/traces",
            "logs": "/v1/logs",
            "metrics": "/v1/metrics",
            "claude_code_hooks": "/hooks/claude-code",
            "health": "/health",
            "ready": "/ready",
            "prometheus": "/metrics",
        },
    }))
}

/// Says that the process is alive.
pub(crate) async fn get_health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Says whether Kafka can be reached, and why not.
pub(crate) async fn get_readiness(State(state): State<Shared>) -> Response {
    let snapshot = state.health.snapshot();
    if snapshot.ready {
        Json(snapshot).into_response()
    } else {
        let retry = [(header::RETRY_AFTER, "1")];
        (StatusCode::SERVICE_UNAVAILABLE, retry, Json(snapshot)).into_response()
    }
}

/// Gives what Prometheus reads.
pub(crate) async fn get_prometheus_metrics(State(state): State<Shared>) -> Response {
    match state.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
