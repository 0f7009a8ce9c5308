use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bytes::Bytes;
use flate2::read::GzDecoder;
use prost::Message as _;
use telemetron_model::record::{Record, Span, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::via::Via;

use super::lag::Meters;
use super::lane::Lane;
use super::target::{Target, WrongTarget};

/// An endpoint that answers as it is told, one answer after the other, and then 200.
#[derive(Clone)]
struct Endpoint(Arc<Mutex<Played>>);

struct Played {
    answers: Vec<u16>,
    seen: Vec<(usize, String)>,
}

async fn export(State(endpoint): State<Endpoint>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut message = Vec::new();
    std::io::copy(&mut GzDecoder::new(body.as_ref()), &mut message).unwrap();
    let request = ExportTraceServiceRequest::decode(message.as_slice()).unwrap();
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|one| &one.scope_spans);
    let spans = scopes.map(|scope| scope.spans.len()).sum();
    let key = headers.get("x-key").map_or("", |key| key.to_str().unwrap());
    let mut played = endpoint.0.lock().unwrap();
    played.seen.push((spans, key.to_owned()));
    let next = if played.answers.is_empty() {
        200
    } else {
        played.answers.remove(0)
    };
    StatusCode::from_u16(next).unwrap()
}

fn span(number: u8) -> Record {
    let trace = TraceId::from_bytes([1; 16]).unwrap();
    let id = SpanId::from_slice(&[number; 8]).unwrap();
    let mut span = Span::started(trace, id, "s", SpanKind::Chain, Timestamp::from_nanos(1));
    span.status = Status::Completed;
    span.end_time = Some(Timestamp::from_nanos(2));
    span.into()
}

/// Sends four spans; returns what came: how many spans at a time, and with which key.
async fn send(answers: &[u16]) -> Vec<(usize, String)> {
    let played = Played {
        answers: answers.to_vec(),
        seen: Vec::new(),
    };
    let endpoint = Endpoint(Arc::new(Mutex::new(played)));
    let app = Router::new()
        .route("/base/v1/traces", post(export))
        .with_state(endpoint.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base", listener.local_addr().unwrap());
    let target = Target::new(Lane::Traces, &url, &["x-key=secret".to_owned().into()], &[]).unwrap();
    let spans: Vec<_> = (1..=4).map(span).collect();
    let (meters, via) = (Meters::default(), Via::read("here"));
    tokio::select! {
        _ended = async { axum::serve(listener, app).await } => unreachable!(),
        () = target.send(&spans, &via, &meters) => {}
    }
    endpoint.0.lock().unwrap().seen.clone()
}

fn sizes(seen: &[(usize, String)]) -> Vec<usize> {
    seen.iter().map(|(spans, _)| *spans).collect()
}

#[tokio::test]
async fn what_is_not_taken_yet_is_sent_again_until_it_is() {
    let seen = send(&[503, 429]).await;
    assert_eq!(sizes(&seen), [4, 4, 4]);
    assert!(seen.iter().all(|(_, key)| key == "secret"));
}

#[tokio::test]
async fn what_is_too_large_goes_in_halves_and_what_is_refused_does_not_hold_up_the_rest() {
    assert_eq!(sizes(&send(&[413, 413, 400]).await), [4, 2, 1, 1, 2]);
    assert_eq!(sizes(&send(&[400]).await), [4]);
}

#[test]
fn a_target_that_cannot_be_is_refused_at_the_start_without_its_secrets() {
    let own: [SocketAddr; 1] = ["127.0.0.1:4318".parse().unwrap()];
    let refuse = |url: &str| Target::new(Lane::Logs, url, &[], &own).unwrap_err();
    assert!(matches!(
        refuse("http://localhost:4318"),
        WrongTarget::Ourselves(_)
    ));
    assert!(matches!(refuse("collector:4318"), WrongTarget::Url(_)));
    assert!(Target::new(Lane::Traces, "http://localhost:4319", &[], &own).is_ok());
    for header in ["hunter2", "a b=hunter2"] {
        let refused =
            Target::new(Lane::Traces, "http://h", &[header.to_owned().into()], &own).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}

#[test]
fn each_signal_has_its_own_path_and_group_however_the_endpoint_is_named() {
    for named in [
        "http://h:1/base",
        "http://h:1/base/",
        "http://h:1/base/v1/traces",
    ] {
        let url = |lane| Target::new(lane, named, &[], &[]).unwrap().url.to_string();
        assert_eq!(url(Lane::Traces), "http://h:1/base/v1/traces");
        assert_eq!(url(Lane::Logs), "http://h:1/base/v1/logs");
        assert_eq!(url(Lane::Metrics), "http://h:1/base/v1/metrics");
    }
    assert_eq!(Lane::Traces.group("g"), "g");
    assert_eq!(Lane::Logs.group("g"), "g-logs");
}
