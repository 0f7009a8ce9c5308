//! Liveness, readiness and metrics of a process that serves nothing else.

use std::io;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use telemetron_runtime::doors::Door;
use telemetron_runtime::{Health, Metrics};
use tokio_util::sync::CancellationToken;

/// Serves the probes until `shutdown`.
pub(crate) async fn serve(
    door: Door,
    health: Health,
    metrics: Metrics,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let probes = Router::new()
        .route("/health", get(async || "alive\n"))
        .route("/ready", get(ready).with_state(health))
        .route("/metrics", get(render).with_state(metrics));
    door.serve(probes, shutdown).await
}

async fn ready(State(health): State<Health>) -> Response {
    let snapshot = health.snapshot();
    let status = if snapshot.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(snapshot)).into_response()
}

async fn render(State(metrics): State<Metrics>) -> Response {
    match metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetron_runtime::MetricsBuilder;
    use telemetron_runtime::doors::{DoorArgs, DoorMeters};
    use tokio::net::TcpListener;

    use super::*;

    async fn get_from(address: std::net::SocketAddr, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{address}{path}"))
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    #[tokio::test]
    async fn readiness_follows_the_components() {
        let health = Health::new();
        let store = health.register("store");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut metrics = MetricsBuilder::default();
        let meters = DoorMeters::new(&mut metrics);
        let door = Door::new("probes", listener, &DoorArgs::default(), &meters).unwrap();
        let address = door.address();
        let shutdown = CancellationToken::new();
        let served = serve(door, health, metrics.build(), shutdown.clone());
        let asked = async {
            assert_eq!(get_from(address, "/health").await.0, 200);
            let (status, body) = get_from(address, "/ready").await;
            assert_eq!(status, 503);
            assert!(body.contains("starting"), "{body}");
            store.ready();
            assert_eq!(get_from(address, "/ready").await.0, 200);
            let (status, metrics) = get_from(address, "/metrics").await;
            assert_eq!(status, 200);
            let open = "telemetron_door_connections{door=\"probes\"}";
            assert!(metrics.contains(open), "{metrics}");
            shutdown.cancel();
        };
        let (served, ()) = tokio::join!(served, asked);
        served.unwrap();
    }
}
