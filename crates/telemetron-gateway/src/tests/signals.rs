//! Payloads that are another signal's, and values that are nested too deep.

use axum::http::Method;
use prost::Message as _;
use serde_json::{Value, json};
use telemetron_otlp::proto::collector::logs::v1::ExportLogsServiceRequest;
use telemetron_otlp::proto::collector::metrics::v1::ExportMetricsServiceRequest;
use telemetron_otlp::proto::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use telemetron_otlp::proto::metrics::v1::metric::Data;
use telemetron_otlp::proto::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
};
use telemetron_otlp::wire::{Encoding, decode_traces, encode_traces};
use tonic::{Code, Status};

use super::support::{Stage, spans};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
const TIME: u64 = 1_700_000_000_000_000_000;

fn log(record: LogRecord) -> Vec<u8> {
    let scope_logs = vec![ScopeLogs {
        log_records: vec![record],
        ..ScopeLogs::default()
    }];
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs,
            ..ResourceLogs::default()
        }],
    };
    request.encode_to_vec()
}

fn metric() -> Vec<u8> {
    let data_points = vec![NumberDataPoint {
        time_unix_nano: TIME,
        ..NumberDataPoint::default()
    }];
    let metrics = vec![Metric {
        name: "requests".to_owned(),
        data: Some(Data::Gauge(Gauge { data_points })),
        ..Metric::default()
    }];
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics {
                metrics,
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    };
    request.encode_to_vec()
}

#[tokio::test]
async fn a_payload_of_another_signal_is_told_its_path() {
    let stage = Stage::new();
    let timed = LogRecord {
        time_unix_nano: TIME,
        ..LogRecord::default()
    };
    let said = LogRecord {
        severity_text: "INFO".to_owned(),
        observed_time_unix_nano: TIME,
        ..LogRecord::default()
    };
    let json = |field: &str, scope: &str, items: &str| {
        let text = json!({ field: [{ scope: [{ items: [{}] }] }] }).to_string();
        (JSON, text.into_bytes())
    };
    let payloads = [
        ("/v1/traces", (PROTOBUF, spans(2, false))),
        ("/v1/logs", (PROTOBUF, log(timed))),
        ("/v1/logs", (PROTOBUF, log(said))),
        ("/v1/metrics", (PROTOBUF, metric())),
        ("/v1/traces", json("resourceSpans", "scopeSpans", "spans")),
        ("/v1/logs", json("resourceLogs", "scopeLogs", "logRecords")),
        (
            "/v1/metrics",
            json("resourceMetrics", "scopeMetrics", "metrics"),
        ),
    ];
    for (right, (content_type, body)) in payloads {
        for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
            let answer = stage.post(path, content_type, body.clone()).await;
            let status = answer.status.as_u16();
            if path == right {
                assert_eq!(status, 200, "{path} {content_type}");
                continue;
            }
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(status, 400, "{right} to {path}, {content_type}: {text}");
            assert!(text.contains(&format!("send it to {right}")), "{text}");
        }
    }
}

#[tokio::test]
async fn grpc_is_told_so_too() {
    let stage = Stage::new();
    let body = log(LogRecord {
        time_unix_nano: TIME,
        ..LogRecord::default()
    });
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let framed = [&[0], length.as_slice(), &body].concat();
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let headers = [("content-type", "application/grpc")];
    let answer = stage.ask(Method::POST, path, &headers, framed).await;
    let status = Status::from_header_map(&answer.headers).unwrap();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("/v1/logs"), "{status:?}");
}

/// A value in so many others.
fn nested(levels: usize) -> Value {
    (0..levels).fold(
        json!({"stringValue": "inmost"}),
        |inner, _| json!({"kvlistValue": {"values": [{"key": "k", "value": inner}]}}),
    )
}

#[tokio::test]
async fn one_value_that_is_too_deep_costs_itself_alone() {
    let span = |id: &str, attributes: Value| {
        json!({
            "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": id, "name": "s",
            "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
            "attributes": attributes,
        })
    };
    let request = |levels: usize| {
        let deep = json!([{"key": "deep", "value": nested(levels)}]);
        let spans = [
            span("0102030405060701", json!([])),
            span("0102030405060702", deep),
            span("0102030405060703", json!([])),
        ];
        json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string()
    };
    let stage = Stage::new();
    // Protobuf that nests as deep as JSON is read is written by what JSON made of it; deeper ones by
    // hand stand in the tests of the scan.
    let shallow = decode_traces(request(24).as_bytes(), Encoding::Json).unwrap();
    let shallow = encode_traces(&shallow, Encoding::Protobuf);
    let whole = stage.post("/v1/traces", PROTOBUF, shallow).await;
    assert_eq!((whole.status.as_u16(), whole.body.len()), (200, 0));
    for levels in [25, 29, 60, 200] {
        let answer = stage.json("/v1/traces", &request(levels)).await;
        assert_eq!(answer.status.as_u16(), 200, "{levels}: {}", answer.text());
        let partial: Value = serde_json::from_slice(&answer.body).unwrap();
        let partial = &partial["partialSuccess"];
        assert_eq!(partial["rejectedSpans"], "0", "{partial}");
        let message = partial["errorMessage"].as_str().unwrap();
        assert!(message.contains("nested deeper than 24"), "{message}");
    }
}
