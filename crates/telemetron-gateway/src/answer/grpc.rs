//! Answers over gRPC: one message and trailers, or trailers alone.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::response::Response as AxumResponse;
use bytes::{BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use telemetron_otlp::wire::{self, Encoding};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::intake::Accepted;
use crate::refusal::Refusal;

/// The type of every answer.
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");

/// The answer to a request of OTLP.
pub(crate) fn of(signal: wire::Signal, accepted: Result<Accepted, Refusal>) -> AxumResponse {
    let Accepted {
        rejected, message, ..
    } = match accepted {
        Ok(accepted) => accepted,
        Err(refusal) => return refused(&refusal),
    };
    let encoding = Encoding::Protobuf;
    let message = match message {
        Some(message) => wire::partial_body(signal, encoding, rejected, &message),
        None => wire::success_body(encoding),
    };
    let mut trailers = HeaderMap::new();
    trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
    let body = Full::new(frame(&message)).with_trailers(async move { Some(Ok(trailers)) });
    let mut response = Response::new(Body::new(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

/// The answer to what was refused.
pub(crate) fn refused(refusal: &Refusal) -> AxumResponse {
    let details = ErrorDetails::with_retry_info(refusal.retry_after());
    let (code, message) = (refusal.code(), refusal.to_string());
    let status = match refusal.retry_after() {
        Some(_) => Status::with_error_details(code, message, details),
        None => Status::new(code, message),
    };
    status.into_http()
}

/// A message in its frame: not packed, its length, itself.
fn frame(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    framed.freeze()
}
