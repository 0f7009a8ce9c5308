//! JSON as attributes of OpenTelemetry.

use serde_json::{Map, Value};
use telemetron_otlp::proto::common::v1::any_value::Value as Any;
use telemetron_otlp::proto::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};

/// Attributes with their values; those that are null are left out.
pub(super) fn pairs(map: Map<String, Value>) -> Vec<KeyValue> {
    let present = map.into_iter().filter(|(_, value)| !value.is_null());
    let pair = |(key, value)| KeyValue {
        key,
        value: Some(any(value)),
        ..KeyValue::default()
    };
    present.map(pair).collect()
}

fn any(value: Value) -> AnyValue {
    let value = match value {
        Value::Null => None,
        Value::Bool(value) => Some(Any::BoolValue(value)),
        Value::Number(number) => Some(number.as_i64().map_or_else(
            || Any::DoubleValue(number.as_f64().unwrap_or(f64::NAN)),
            Any::IntValue,
        )),
        Value::String(text) => Some(Any::StringValue(text)),
        Value::Array(values) => Some(Any::ArrayValue(ArrayValue {
            values: values.into_iter().map(any).collect(),
        })),
        Value::Object(map) => Some(Any::KvlistValue(KeyValueList { values: pairs(map) })),
    };
    AnyValue { value }
}
