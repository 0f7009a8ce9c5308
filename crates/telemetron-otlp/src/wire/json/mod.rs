//! OTLP/JSON straight into the protobuf messages and back, without a tree in between.
//!
//! Lenient where the specification is: unknown fields are ignored, `null` is the default, 64-bit
//! integers come quoted or bare, ids are hex in any case, numbers may be `"NaN"` or `"Infinity"`.
//! More lenient where senders are known to be: enums by name, bytes as the object that Node makes
//! of a buffer, 64-bit integers as `{low, high}`. Names are those of OTLP alone: `trace_id` is an
//! unknown field. serde_json stops at 128 levels by itself.

mod bytes;
mod common;
mod enums;
mod fill;
mod logs;
mod message;
mod metrics;
mod scalar;
mod traces;
mod value;
mod write;

pub(super) use fill::Fill;
pub(crate) use value::{Double, Typed};
pub(super) use write::encode;

use opentelemetry_proto::tonic::common::v1::AnyValue;

use super::WireError;

/// Reads a message. Only a failure pays for finding the path of the wrong field.
pub(super) fn decode<T: Fill + Default>(body: &[u8]) -> Result<T, WireError> {
    let mut message = T::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = message.fill(&mut reader).and_then(|()| reader.end());
    read.map(|()| message)
        .map_err(|error| place::<T>(body, &error))
}

/// Reads one attribute value in the form that names its type.
pub(crate) fn read_value(json: &str) -> Option<AnyValue> {
    let mut value = AnyValue::default();
    let mut reader = serde_json::Deserializer::from_str(json);
    value.fill(&mut reader).ok().map(|()| value)
}

/// Reads once more, with an eye on where.
fn place<T: Fill + Default>(body: &[u8], error: &serde_json::Error) -> WireError {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let traced = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let path = match T::default().fill(traced) {
        Ok(()) => ".".to_owned(),
        Err(_) => track.path().to_string(),
    };
    WireError::Json {
        path,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
