//! A span, sent as an exporter of these settings would send it: over HTTP in either encoding, or over
//! gRPC.

use std::time::Duration;

use axum::http::HeaderMap;
use http_body_util::BodyExt as _;
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode};
use serde_json::Value;
use telemetron_model::{Timestamp, TraceId};
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::proto::common::v1::any_value::Value as Word;
use telemetron_otlp::proto::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use telemetron_otlp::proto::resource::v1::Resource;
use telemetron_otlp::proto::trace::v1::{ResourceSpans, ScopeSpans, Span};
use telemetron_otlp::wire::{self, Encoding};

use super::settings::{Protocol, Target};
use crate::output;

/// Longest an exporter waits.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The method that takes spans over gRPC.
const EXPORT: &str = "opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// The span of every trace of ours.
const SPAN_ID: [u8; 8] = [0, 0, 0, 0, 0, 0x0d, 0x0c, 0x70];

/// Longest text of an answer that is told.
const TOLD: usize = 300;

/// Sends the span; says why it was not taken.
pub(super) async fn send(target: &Target, trace: &TraceId) -> Result<(), String> {
    match target.protocol {
        Protocol::Http(encoding) => over_http(target, encoding, trace).await,
        Protocol::Grpc => over_grpc(target, trace).await,
    }
}

async fn over_http(target: &Target, encoding: Encoding, trace: &TraceId) -> Result<(), String> {
    let url = &target.url;
    let request = client(|http| http)?
        .post(url)
        .header("content-type", encoding.content_type())
        .body(wire::encode_traces(&request(trace), encoding));
    let answer = with_headers(request, target).send().await;
    let answer =
        answer.map_err(|error| unreachable(url, &error, "; what listens there speaks no HTTP"))?;
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    if status.is_success() {
        return Ok(());
    }
    let said = serde_json::from_str::<Value>(&body).ok();
    let said = said
        .as_ref()
        .and_then(|said| said["message"].as_str())
        .unwrap_or(&body);
    let advice = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "; the path is wrong",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => NO_KEY,
        _ => "",
    };
    Err(format!("{url} answers {status}{}{advice}", told(said)))
}

/// What an answer says, behind what it is.
fn told(said: &str) -> String {
    match said.trim() {
        "" => String::new(),
        said => format!(": {}", output::shortened(said, TOLD)),
    }
}

/// What a refusal for want of a key is told with.
const NO_KEY: &str = "; OTEL_EXPORTER_OTLP_HEADERS may lack a key";

/// A call of gRPC is a request of HTTP/2: a message behind five bytes, a status behind the answer.
async fn over_grpc(target: &Target, trace: &TraceId) -> Result<(), String> {
    let url = &target.url;
    let message = wire::encode_traces(&request(trace), Encoding::Protobuf);
    let length = u32::try_from(message.len()).map_err(|error| error.to_string())?;
    let framed = [&[0], length.to_be_bytes().as_slice(), &message].concat();
    let request = client(ClientBuilder::http2_prior_knowledge)?
        .post(format!("{url}/{EXPORT}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(framed);
    let cannot = |error| unreachable(url, &error, "; what listens there speaks no HTTP/2");
    let answer = with_headers(request, target).send().await.map_err(cannot)?;
    let (head, body) = axum::http::Response::<reqwest::Body>::from(answer).into_parts();
    let body = body.collect().await.map_err(cannot)?;
    // An answer without a message has its status among the headers.
    let end = body.trailers().unwrap_or(&head.headers);
    let Some(code) = text(end, "grpc-status") else {
        let status = head.status;
        return Err(format!("{url} answers {status} and speaks no gRPC"));
    };
    if code == "0" {
        return Ok(());
    }
    let said = text(end, "grpc-message").map(unescaped).unwrap_or_default();
    let (name, advice) = match code {
        "7" => (" (PERMISSION_DENIED)", NO_KEY),
        "12" => (" (UNIMPLEMENTED)", "; it takes no OTLP"),
        "16" => (" (UNAUTHENTICATED)", NO_KEY),
        _ => ("", ""),
    };
    Err(format!(
        "{url} answers with status {code}{name} of gRPC{}{advice}",
        told(&said)
    ))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A message of gRPC as it was meant: what is no plain letter stands in it as `%` and two digits.
fn unescaped(message: &str) -> String {
    let mut parts = message.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2);
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn client(how: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Client, String> {
    let http = how(Client::builder().timeout(TIMEOUT)).build();
    http.map_err(|error| error.to_string())
}

fn with_headers(mut request: RequestBuilder, target: &Target) -> RequestBuilder {
    for (name, value) in &target.headers {
        request = request.header(name, value);
    }
    request
}

/// Why there is no answer; `otherwise` is what it may be where somebody listens.
fn unreachable(url: &str, error: &reqwest::Error, otherwise: &str) -> String {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        why = deeper.to_string();
        cause = deeper.source();
    }
    let advice = if error.is_timeout() {
        "; something listens there and does not answer"
    } else if url.starts_with("https://") {
        "; the gateway speaks TLS only where a proxy before it does: try http://"
    } else if error.is_connect() {
        "; is `telemetron up` or a gateway running there?"
    } else {
        otherwise
    };
    format!("{url} cannot be reached: {why}{advice}")
}

/// A request with one span of no time.
fn request(trace: &TraceId) -> ExportTraceServiceRequest {
    let now = Timestamp::now().nanos().unsigned_abs();
    let span = Span {
        trace_id: trace.as_bytes().to_vec(),
        span_id: SPAN_ID.to_vec(),
        name: "doctor".to_owned(),
        start_time_unix_nano: now,
        end_time_unix_nano: now,
        ..Span::default()
    };
    let service = KeyValue {
        key: "service.name".to_owned(),
        value: Some(AnyValue {
            value: Some(Word::StringValue("telemetron-doctor".to_owned())),
        }),
        ..KeyValue::default()
    };
    let scope = InstrumentationScope {
        name: "telemetron.doctor".to_owned(),
        ..InstrumentationScope::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![service],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope),
                spans: vec![span],
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn a_message_of_grpc_is_read_as_it_was_meant() {
        for (sent, meant) in [
            ("plain words", "plain words"),
            ("caf%C3%A9 at 100%25", "café at 100%"),
            ("50% of %zz", "50% of %zz"),
            ("", ""),
        ] {
            assert_eq!(unescaped(sent), meant);
        }
    }
}
