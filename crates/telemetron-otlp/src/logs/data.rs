//! All that a log record said, as one object.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use telemetron_model::RawJson;

use super::record::Source;
use crate::cut::{MAX_ATTRIBUTE_BYTES, MAX_ERROR_BYTES, MAX_PAYLOAD_BYTES, cut_payload};
use crate::plain::{Plain, PlainValue};
use crate::reserved::{BODY, RESOURCE, SCOPE};

/// The attributes, the body where it is no short text, and where it came from.
pub(super) fn of(source: &Source<'_>) -> Option<RawJson> {
    let whole = RawJson::of(&Data {
        source,
        limit: None,
    })?;
    if whole.get().len() <= MAX_PAYLOAD_BYTES {
        return (!whole.is_empty()).then_some(whole);
    }
    let limit = Some(MAX_ATTRIBUTE_BYTES);
    RawJson::of(&Data { source, limit }).map(cut_payload)
}

struct Data<'b, 'a> {
    source: &'b Source<'a>,
    limit: Option<usize>,
}

impl Serialize for Data<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let attributes = Plain {
            attributes: &self.source.attributes,
            limit: self.limit,
            payloads: [None; 2],
        };
        attributes.write_into(&mut map)?;
        if let Some(body) = self.body() {
            map.serialize_entry(BODY, &PlainValue(body))?;
        }
        if let Some(resource) = &self.source.scope.origin.json {
            map.serialize_entry(RESOURCE, resource)?;
        }
        if let Some(scope) = &self.source.scope.json {
            map.serialize_entry(SCOPE, scope)?;
        }
        map.end()
    }
}

impl Data<'_, '_> {
    fn body(&self) -> Option<&Value> {
        let body = self.source.record.body.as_ref()?.value.as_ref()?;
        match body {
            Value::StringValue(text) if text.len() <= MAX_ERROR_BYTES => None,
            body => Some(body),
        }
    }
}
