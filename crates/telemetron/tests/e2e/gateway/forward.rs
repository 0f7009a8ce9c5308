//! Everything goes on to another endpoint, also when that is away at first.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use flate2::read::GzDecoder;
use telemetron_otlp::wire::{Encoding, decode_traces};
use tokio::net::TcpListener;

use super::{accepted, span};
use crate::platform::{PATIENCE, Platform};

/// What an endpoint has been sent; the first request is put off.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(usize, Vec<String>)>>);

async fn export(State(seen): State<Seen>, body: Bytes) -> StatusCode {
    let mut message = Vec::new();
    std::io::copy(&mut GzDecoder::new(body.as_ref()), &mut message).unwrap();
    let request = decode_traces(&message, Encoding::Protobuf).unwrap();
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|one| &one.scope_spans);
    let ids = scopes
        .flat_map(|scope| &scope.spans)
        .map(|span| format!("{:02x?}", span.span_id));
    let mut seen = seen.0.lock().unwrap();
    seen.0 += 1;
    if seen.0 == 1 {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    seen.1.extend(ids);
    StatusCode::OK
}

impl Seen {
    /// Waits until so many different spans have come; returns how many came in all.
    async fn spans(&self, wanted: usize) -> usize {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ids = self.0.lock().unwrap().1.clone();
            let different: BTreeSet<_> = ids.iter().collect();
            if different.len() == wanted {
                return ids.len();
            }
            assert!(
                Instant::now() < deadline,
                "{} of {wanted} spans",
                different.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A gateway that sends on. Dropping it kills it.
pub(super) struct Forwarder(Child);

impl Forwarder {
    pub(super) fn start(platform: &Platform, to: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetron"));
        let command = command
            .args(["gateway", "--forward-to", to])
            .args([
                "--otlp-grpc-listen",
                "127.0.0.1:0",
                "--otlp-http-listen",
                "127.0.0.1:0",
            ])
            .env("KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap_servers())
            .stdin(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_on_to_another_endpoint_and_a_restart_goes_on_where_it_was() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let seen = Seen::default();
    let app = Router::new()
        .route("/v1/traces", post(export))
        .with_state(seen.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("http://{}", listener.local_addr().unwrap());
    let forwarded = async {
        let forwarder = Forwarder::start(&platform, &to);
        let spans: Vec<_> = (1..=30).map(|id| span(9, id, None)).collect();
        accepted(&platform, &spans, "planner").await;
        assert_eq!(seen.spans(30).await, 30, "before the restart");
        drop(forwarder);
        let again = Forwarder::start(&platform, &to);
        accepted(&platform, &[span(9, 31, None)], "planner").await;
        let came = seen.spans(31).await;
        // The last batch may come twice; the whole topic must not.
        assert!(came <= 61, "{came} spans came");
        drop(again);
    };
    tokio::select! {
        _ended = async { axum::serve(listener, app).await } => unreachable!(),
        () = forwarded => {}
    }
}
