//! Kilobytes that would become gigabytes: refused, with words, before they have become anything.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::StatusCode;
use tokio::task::JoinSet;

use super::alone::{Broker, Gateway};

/// Most memory that the gateway may ever take.
const MOST_MIB: u64 = 512;

/// How often each body is sent, at a time.
const AT_A_TIME: usize = 6;

/// Protobuf field of this number around some content.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        field.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    field.push(u8::try_from(length).unwrap());
    field.extend_from_slice(content);
    field
}

/// A message in resource and scope, as all signals have them.
fn request(item: &[u8]) -> Vec<u8> {
    field(1, &field(2, item))
}

/// A field that says nothing, so often that it takes some mebibytes.
fn repeated(number: u8, mib: usize) -> Vec<u8> {
    [number << 3 | 2, 0].repeat(mib << 19)
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

/// Ids and times of a span that can be stored.
fn whole_span(more: &[u8]) -> Vec<u8> {
    let mut span = field(1, &[7; 16]);
    span.extend(field(2, &[9; 8]));
    span.extend([0x39, 0, 0, 0, 0, 0, 0, 0, 1]);
    span.extend_from_slice(more);
    span
}

/// Bodies by their path and type; each is some kilobytes of gzip.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    const PROTOBUF: &str = "application/x-protobuf";
    const JSON: &str = "application/json";
    let json = |path, before: &str, item: &str, after: &str| {
        let text = format!(
            "{before}{}{item}{after}",
            format!("{item},").repeat(4 << 20)
        );
        (path, JSON, text.into_bytes())
    };
    let gauge = |points: &[u8]| field(2, &field(5, points));
    vec![
        ("/v1/traces", PROTOBUF, request(&repeated(2, 12))),
        ("/v1/logs", PROTOBUF, request(&repeated(2, 12))),
        ("/v1/metrics", PROTOBUF, request(&gauge(&repeated(1, 12)))),
        ("/v1/metrics", PROTOBUF, request(&repeated(2, 12))),
        ("/v1/traces", PROTOBUF, repeated(1, 12)),
        // Attributes, events and links of one span; the attributes of a resource.
        (
            "/v1/traces",
            PROTOBUF,
            request(&field(2, &whole_span(&repeated(9, 12)))),
        ),
        (
            "/v1/traces",
            PROTOBUF,
            request(&field(2, &whole_span(&repeated(11, 12)))),
        ),
        (
            "/v1/traces",
            PROTOBUF,
            request(&field(2, &whole_span(&repeated(13, 12)))),
        ),
        ("/v1/logs", PROTOBUF, field(1, &field(1, &repeated(1, 12)))),
        // A list of empty values in an attribute.
        (
            "/v1/traces",
            PROTOBUF,
            request(&field(
                2,
                &whole_span(&field(9, &field(2, &field(5, &repeated(1, 12))))),
            )),
        ),
        // Buckets of one byte each.
        (
            "/v1/metrics",
            PROTOBUF,
            request(&field(
                2,
                &field(10, &field(1, &field(8, &field(2, &vec![1; 32 << 20])))),
            )),
        ),
        // A text that JSON writes with six times its bytes.
        (
            "/v1/traces",
            PROTOBUF,
            request(&field(2, &whole_span(&field(5, &vec![0; 60 << 20])))),
        ),
        (
            "/v1/traces",
            PROTOBUF,
            request(&field(
                2,
                &whole_span(&field(
                    9,
                    &[field(1, b"k"), field(2, &field(1, &vec![1; 60 << 20]))].concat(),
                )),
            )),
        ),
        // A large resource that stands in every one of many spans.
        (
            "/v1/traces",
            PROTOBUF,
            field(
                1,
                &[
                    field(
                        1,
                        &field(
                            1,
                            &[field(1, b"k"), field(2, &field(1, &vec![b'x'; 1 << 20]))].concat(),
                        ),
                    ),
                    field(2, &field(2, &whole_span(&[])).repeat(90_000)),
                ]
                .concat(),
            ),
        ),
        json(
            "/v1/traces",
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#,
            "{}",
            "]}]}]}",
        ),
        json(
            "/v1/logs",
            r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#,
            "{}",
            "]}]}]}",
        ),
        json(
            "/v1/metrics",
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"dataPoints":["#,
            "{}",
            "]}}]}]}]}",
        ),
        json(
            "/v1/traces",
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","attributes":["#,
            "{}",
            "]}]}]}]}",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn kilobytes_do_not_become_gigabytes() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let topics = broker.topics("amplified").await;
    let gateway = Gateway::start(&topics, &[]).await;
    let before = gateway.peak_mib();
    for (place, (path, content_type, body)) in bodies().into_iter().enumerate() {
        let packed = packed(&body);
        let sizes = (packed.len() >> 10, body.len() >> 20);
        drop(body);
        let mut sent = JoinSet::new();
        for _ in 0..AT_A_TIME {
            let request = reqwest::Client::new()
                .post(gateway.url(path))
                .header("content-type", content_type)
                .header("content-encoding", "gzip")
                .body(packed.clone());
            sent.spawn(async move {
                let answer = request.send().await.unwrap();
                (answer.status(), answer.text().await.unwrap_or_default())
            });
        }
        let answers = sent.join_all().await;
        let peak = gateway.peak_mib();
        let statuses: Vec<_> = answers.iter().map(|(status, _)| status.as_u16()).collect();
        println!(
            "{place}: {path} {} KiB, {} MiB: {statuses:?}, peak {peak} MiB",
            sizes.0, sizes.1
        );
        assert!(peak < MOST_MIB, "{peak} MiB after body {place} of {path}");
        for (status, text) in &answers {
            let is_told = match *status {
                StatusCode::PAYLOAD_TOO_LARGE => text.contains("export smaller batches"),
                // The others took the room; an exporter comes again.
                StatusCode::TOO_MANY_REQUESTS => true,
                // Nothing that could be stored, and little of it.
                StatusCode::OK => true,
                _ => false,
            };
            assert!(is_told, "{status} {text}");
        }
    }
    let refused = gateway
        .metric("telemetron_gateway_requests_total", "too_large")
        .await;
    assert!(refused > 0.0);
    println!("from {before} to {} MiB", gateway.peak_mib());
}
