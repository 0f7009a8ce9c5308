//! What all signals share: values, attributes, resources, scopes.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::super::bounds::{MAX_VALUE_DEPTH, Meter};
use super::bytes::Base64;
use super::fill::Fill;
use super::message::message;
use crate::cut::too_deep;

message!(AnyValue {
    "stringValue" => value = Value::StringValue,
    "boolValue" => value = Value::BoolValue,
    "intValue" => value = Value::IntValue,
    "doubleValue" => value = Value::DoubleValue,
    "arrayValue" => value = |Nested(list)| of(list, Value::ArrayValue),
    "kvlistValue" => value = |Nested(list)| of(list, Value::KvlistValue),
    "bytesValue" => value = |Base64(bytes)| Value::BytesValue(bytes),
});

message!(ArrayValue { "values" => values });

message!(KeyValueList { "values" => values });

/// Values in a value; what lies too deep is passed over, and only its length is known.
struct Nested<T>(Result<T, usize>);

impl<T: Default> Default for Nested<T> {
    fn default() -> Self {
        Self(Ok(T::default()))
    }
}

/// The values, or the mark of what was passed over.
fn of<T>(list: Result<T, usize>, make: fn(T) -> Value) -> Value {
    list.map_or_else(|bytes| Value::StringValue(too_deep(bytes)), make)
}

impl<T: Fill + Default> Fill for Nested<T> {
    fn fill<'de, D: Deserializer<'de>>(
        &mut self,
        from: D,
        meter: &Meter<'_>,
    ) -> Result<(), D::Error> {
        let depth = meter.depth.get();
        if depth >= MAX_VALUE_DEPTH {
            // Passed over without recursion, however deep it is.
            let passed = <&RawValue>::deserialize(from)?;
            meter.deep.set(meter.deep.get() + 1);
            self.0 = Err(passed.get().len());
            return Ok(());
        }
        meter.depth.set(depth + 1);
        let mut list = T::default();
        let filled = list.fill(from, meter);
        meter.depth.set(depth);
        self.0 = Ok(list);
        filled
    }
}

message!(KeyValue { "key" => key, "value" => value });

message!(InstrumentationScope {
    "name" => name,
    "version" => version,
    "attributes" => attributes,
    "droppedAttributesCount" => dropped_attributes_count,
});

message!(EntityRef {
    "schemaUrl" => schema_url,
    "type" => r#type,
    "idKeys" => id_keys,
    "descriptionKeys" => description_keys,
});

message!(Resource {
    "attributes" => attributes,
    "droppedAttributesCount" => dropped_attributes_count,
    "entityRefs" => entity_refs,
});
