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

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::AnyValue;
use serde::de::IgnoredAny;

use super::bounds::{Meter, Room};
use super::{Signal, WireError};

/// Reads a message. Only a failure pays for finding the path of the wrong field.
pub(super) fn decode<T: Fill + Default>(body: &[u8], meter: &Meter<'_>) -> Result<T, WireError> {
    let mut message = T::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = message.fill(&mut reader, meter).and_then(|()| reader.end());
    match (read, meter.excess()) {
        (Ok(()), _) => Ok(message),
        (Err(_), Some(excess)) => Err(excess.into()),
        (Err(error), None) => {
            drop(message);
            Err(place::<T>(body, &error))
        }
    }
}

/// The signal whose field a body has, when it has not that of the signal it was sent as.
pub(super) fn meant(body: &[u8], sent_as: Signal) -> Option<Signal> {
    let fields: BTreeMap<&str, IgnoredAny> = serde_json::from_slice(body).ok()?;
    let has = |signal: &Signal| fields.contains_key(signal.json_field());
    if has(&sent_as) {
        return None;
    }
    Signal::ALL.into_iter().find(has)
}

/// Reads one attribute value in the form that names its type.
pub(crate) fn read_value(json: &str) -> Option<AnyValue> {
    let mut value = AnyValue::default();
    let mut reader = serde_json::Deserializer::from_str(json);
    let mut hold = |_| true;
    let meter = Meter::holding(Room::without_end(&mut hold));
    value.fill(&mut reader, &meter).ok().map(|()| value)
}

/// Reads once more, with an eye on where.
fn place<T: Fill + Default>(body: &[u8], error: &serde_json::Error) -> WireError {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let traced = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let mut hold = |_| true;
    let meter = Meter::holding(Room::without_end(&mut hold));
    let path = match T::default().fill(traced, &meter) {
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
