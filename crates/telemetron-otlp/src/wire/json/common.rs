//! What all signals share: values, attributes, resources, scopes.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::bytes::Base64;
use super::message::message;

message!(AnyValue {
    "stringValue" => value = Value::StringValue,
    "boolValue" => value = Value::BoolValue,
    "intValue" => value = Value::IntValue,
    "doubleValue" => value = Value::DoubleValue,
    "arrayValue" => value = Value::ArrayValue,
    "kvlistValue" => value = Value::KvlistValue,
    "bytesValue" => value = |Base64(bytes)| Value::BytesValue(bytes),
});

message!(ArrayValue { "values" => values });

message!(KeyValueList { "values" => values });

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
