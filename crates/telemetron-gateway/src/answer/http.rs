//! Answers over HTTP: in the encoding of the request, errors included.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use telemetron_otlp::wire::{self, Encoding};

use crate::intake::Accepted;
use crate::refusal::Refusal;

/// The answer to a request of OTLP.
pub(crate) fn of(
    signal: wire::Signal,
    encoding: Encoding,
    accepted: Result<Accepted, Refusal>,
) -> Response {
    match accepted {
        Ok(Accepted {
            rejected, message, ..
        }) => {
            let body = match message {
                Some(message) => wire::partial_body(signal, encoding, rejected, &message),
                None => wire::success_body(encoding),
            };
            with_type(StatusCode::OK, encoding, body)
        }
        Err(refusal) => refused(encoding, &refusal),
    }
}

/// The answer to what was refused: a `google.rpc.Status`.
pub(crate) fn refused(encoding: Encoding, refusal: &Refusal) -> Response {
    let body = wire::error_body(encoding, refusal.code().into(), &refusal.to_string());
    let mut response = with_type(refusal.status(), encoding, body);
    let headers = response.headers_mut();
    if let Some(after) = refusal.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs()));
    }
    if matches!(refusal, Refusal::Method(_)) {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn with_type(status: StatusCode, encoding: Encoding, body: Vec<u8>) -> Response {
    let content_type = [(header::CONTENT_TYPE, encoding.content_type())];
    (status, content_type, Body::from(body)).into_response()
}
