use std::time::Duration;

use axum::http::Method;
use prost::Message as _;
use telemetron_otlp::proto::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use telemetron_otlp::via::{self, Via};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::support::{Answer, BODY_BYTES, Stage, spans};

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

async fn export(stage: &Stage, message: &[u8]) -> Answer {
    export_packed(stage, 0, "identity", message).await
}

async fn export_packed(stage: &Stage, flag: u8, coding: &str, message: &[u8]) -> Answer {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let body = [&[flag], length.as_slice(), message].concat();
    let headers = [
        ("content-type", "application/grpc"),
        ("grpc-encoding", coding),
    ];
    stage.ask(Method::POST, PATH, &headers, body).await
}

/// The status of an answer that is nothing but trailers.
fn status(answer: &Answer) -> Status {
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), "application/grpc");
    Status::from_header_map(&answer.headers).unwrap()
}

#[tokio::test]
async fn a_request_that_is_stored_is_answered_with_a_message_and_trailers() {
    let stage = Stage::new();
    for (last_is_bad, rejected) in [(false, None), (true, Some(1))] {
        let answer = export(&stage, &spans(2, last_is_bad)).await;
        assert_eq!(answer.trailers.as_ref().unwrap()["grpc-status"], "0");
        let (head, message) = answer.body.split_at(5);
        assert_eq!(usize::from(head[4]), message.len());
        let response = ExportTraceServiceResponse::decode(message).unwrap();
        let partial = response
            .partial_success
            .map(|partial| partial.rejected_spans);
        assert_eq!(partial, rejected);
    }
}

#[tokio::test]
async fn what_was_forwarded_from_here_is_not_taken_again_and_what_came_from_elsewhere_is() {
    let taken = r#"telemetron_gateway_items_total{signal="traces",outcome="accepted"} 2"#;
    for (through, is_known) in [("there,here", true), ("there", false)] {
        let stage = Stage::of_platform("here");
        let request = ExportTraceServiceRequest::decode(spans(2, false).as_slice()).unwrap();
        let marked = via::mark(request, &Via::read(through)).encode_to_vec();
        let answer = export(&stage, &marked).await;
        assert_eq!(answer.trailers.as_ref().unwrap()["grpc-status"], "0");
        let response = ExportTraceServiceResponse::decode(&answer.body[5..]).unwrap();
        let said = response.partial_success.unwrap_or_default();
        assert_eq!(said.rejected_spans, 0, "an exporter would count a loss");
        let says_so = said.error_message.contains("has been here before");
        assert_eq!(
            (says_so, stage.counts(taken)),
            (is_known, !is_known),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn packed_messages_are_unpacked() {
    let stage = Stage::new();
    let packed = zstd::encode_all(spans(2, false).as_slice(), 1).unwrap();
    let answer = export_packed(&stage, 1, "zstd", &packed).await;
    assert_eq!(answer.trailers.unwrap()["grpc-status"], "0");
    let answer = export_packed(&stage, 1, "snappy", &packed).await;
    assert_eq!(status(&answer).code(), Code::Unimplemented);
}

#[tokio::test]
async fn garbage_and_what_is_too_large_are_refused_for_good() {
    let stage = Stage::new();
    let garbage = status(&export(&stage, b"garbage").await);
    assert_eq!(garbage.code(), Code::InvalidArgument);
    assert!(garbage.message().contains("protobuf"), "{garbage:?}");

    let large = status(&export(&stage, &vec![0; BODY_BYTES + 1]).await);
    assert_eq!(large.code(), Code::ResourceExhausted);
    assert!(
        large.get_details_retry_info().is_none(),
        "an exporter would try again"
    );
}

#[tokio::test]
async fn without_kafka_the_sender_is_told_when_to_come_again() {
    let stage = Stage::without_kafka();
    let away = status(&export(&stage, &spans(1, false)).await);
    assert_eq!(away.code(), Code::Unavailable);
    let retry = away.get_details_retry_info().unwrap();
    assert!(retry.retry_delay.unwrap().as_secs() > 0);
}

#[tokio::test]
async fn too_much_at_a_time_is_told_when_to_come_again() {
    let stage = Stage::with(0, Duration::from_secs(1));
    let busy = status(&export(&stage, &spans(1, false)).await);
    assert_eq!(busy.code(), Code::ResourceExhausted);
    assert!(busy.get_details_retry_info().is_some());
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let stage = Stage::new();
    let path = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
    let answer = stage.post(path, "application/grpc", "").await;
    assert_eq!(status(&answer).code(), Code::Unimplemented);
}
