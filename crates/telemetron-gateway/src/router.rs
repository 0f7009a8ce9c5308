//! The routes. Both ports have all of them: an exporter that mixes the ports up is served too.

use std::any::Any;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use telemetron_otlp::wire::{self, Encoding};
use telemetron_runtime::doors::Origins;
use tower_http::catch_panic::CatchPanicLayer;

use crate::intake::{Coding, Incoming};
use crate::refusal::Refusal;
use crate::signal::Transport;
use crate::state::State as Shared;
use crate::{answer, hooks, identity, origin, probes};

/// Names how the messages of a gRPC body are packed.
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// Where each signal is taken, over HTTP and over gRPC.
const OTLP: [(wire::Signal, &str, &str); 3] = [
    (
        wire::Signal::Traces,
        "/v1/traces",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    ),
    (
        wire::Signal::Logs,
        "/v1/logs",
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    ),
    (
        wire::Signal::Metrics,
        "/v1/metrics",
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    ),
];

/// Everything that is served.
pub(crate) fn router(origins: Origins, state: Shared) -> Router {
    let mut router = Router::new()
        .route("/", get(probes::get_welcome))
        .route("/health", get(probes::get_health))
        .route("/ready", get(probes::get_readiness))
        .route("/metrics", get(probes::get_prometheus_metrics));
    router = router.route("/hooks/claude-code", post(hooks::post_claude_code_hook));
    for (signal, http, grpc) in OTLP {
        router = router
            .route(http, over_http(signal))
            .route(grpc, over_grpc(signal));
    }
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(state)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(origin::cors(origins))
}

fn over_http(signal: wire::Signal) -> MethodRouter<Shared> {
    post(async move |State(state): State<Shared>, request: Request| {
        take_http(&state, signal, request).await
    })
}

async fn take_http(state: &Shared, signal: wire::Signal, request: Request) -> Response {
    let encoding = encoding_of(request.headers());
    let taken = match incoming_http(signal, encoding, request) {
        Ok(incoming) => state.intake.take(incoming).await,
        Err(refusal) => {
            let transport = transport_of(encoding);
            state.intake.refuse(signal, transport, refusal)
        }
    };
    let mut answer = answer::http::of(signal, encoding.unwrap_or(Encoding::Json), taken);
    let id = state.intake.identity().known();
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
        answer.headers_mut().insert(identity::HEADER, id);
    }
    answer
}

/// The signal of a path that ends as one of ours does.
///
/// SDKs put the path of a signal behind whatever address they are given: that of another platform
/// (`/api/public/otel`, `/otel`, `/api/v1/otel`), one that ends in a slash, or has the path already.
fn signal_at(path: &str) -> Option<wire::Signal> {
    let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
    let (last, before) = (parts.next()?, parts.next()?);
    let ours = OTLP
        .iter()
        .find(|(_, http, _)| http.ends_with(&format!("/{last}")));
    ours.filter(|_| before == "v1").map(|(signal, ..)| *signal)
}

fn incoming_http(
    signal: wire::Signal,
    encoding: Option<Encoding>,
    request: Request,
) -> Result<Incoming, Refusal> {
    let headers = request.headers();
    if encoding.is_none() {
        return Err(Refusal::ContentType(content_type(headers).to_owned()));
    }
    Ok(Incoming {
        signal,
        transport: transport_of(encoding),
        coding: Coding::of(headers.get(header::CONTENT_ENCODING))?,
        length: length_of(headers),
        body: request.into_body(),
    })
}

/// What has no type that is understood counts as JSON, in which it is answered.
const fn transport_of(encoding: Option<Encoding>) -> Transport {
    match encoding {
        Some(Encoding::Protobuf) => Transport::HttpProtobuf,
        Some(Encoding::Json) | None => Transport::HttpJson,
    }
}

fn over_grpc(signal: wire::Signal) -> MethodRouter<Shared> {
    post(async move |State(state): State<Shared>, request: Request| {
        let taken = match incoming_grpc(signal, request) {
            Ok(incoming) => state.intake.take(incoming).await,
            Err(refusal) => state.intake.refuse(signal, Transport::Grpc, refusal),
        };
        answer::grpc::of(signal, taken)
    })
}

fn incoming_grpc(signal: wire::Signal, request: Request) -> Result<Incoming, Refusal> {
    let headers = request.headers();
    if !is_grpc(headers) {
        return Err(Refusal::ContentType(content_type(headers).to_owned()));
    }
    Ok(Incoming {
        signal,
        transport: Transport::Grpc,
        coding: Coding::of(headers.get(GRPC_ENCODING))?,
        length: length_of(headers),
        body: request.into_body(),
    })
}

fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    Encoding::of_content_type(content_type(headers))
}

fn content_type(headers: &HeaderMap) -> &str {
    let named = headers.get(header::CONTENT_TYPE);
    named
        .and_then(|named| named.to_str().ok())
        .unwrap_or_default()
}

fn is_grpc(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("application/grpc")
}

fn length_of(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

async fn unknown_path(State(state): State<Shared>, request: Request) -> Response {
    let path = request.uri().path();
    match signal_at(path) {
        Some(signal) if request.method() == Method::POST => {
            take_http(&state, signal, request).await
        }
        _ => refused(request.headers(), &Refusal::UnknownPath(path.to_owned())),
    }
}

async fn method_not_allowed(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path() == "/" {
        // Exporters whose endpoint lacks the path of its signal end up here.
        return refused(&headers, &Refusal::UnknownPath("/".to_owned()));
    }
    refused(&headers, &Refusal::Method(method.to_string()))
}

/// Refuses in the way in which the request came.
fn refused(headers: &HeaderMap, refusal: &Refusal) -> Response {
    if is_grpc(headers) {
        answer::grpc::refused(refusal)
    } else {
        answer::http::refused(encoding_of(headers).unwrap_or(Encoding::Json), refusal)
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let refusal = Refusal::Internal(format!("panic: {}", words.unwrap_or("no message")));
    refusal.log();
    answer::http::refused(Encoding::Json, &refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_known_by_its_end_whatever_stands_before() {
        for path in [
            "//v1/traces",
            "/v1/traces/",
            "/api/public/otel/v1/traces",
            "/otel/v1/traces",
            "/api/v1/otel/v1/traces",
            "/v1/traces/v1/traces",
        ] {
            assert_eq!(signal_at(path), Some(wire::Signal::Traces), "{path}");
        }
        assert_eq!(signal_at("/otlp/v1/logs"), Some(wire::Signal::Logs));
        for path in [
            "/",
            "/v1",
            "/traces",
            "/v2/traces",
            "/v1/spans",
            "/v1/traces/x",
        ] {
            assert_eq!(signal_at(path), None, "{path}");
        }
    }
}
