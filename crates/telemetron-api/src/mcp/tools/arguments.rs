//! Arguments as clients and models write them: numbers and truths in quotes, a list as its JSON in a
//! text, `null` or an empty text for what is not wanted.
//!
//! What means a value of the parameter's type is taken as one, within its bounds; what does not is
//! told to the model, which can mend its call.

use rmcp::model::JsonObject;
use serde_json::{Number, Value};

use super::ToolError;

/// The arguments in the types that the schema names, without what stands for nothing.
pub(super) fn typed(arguments: JsonObject, schema: &JsonObject) -> Result<Value, ToolError> {
    let mut typed = JsonObject::new();
    for (name, value) in arguments {
        let property = schema
            .get("properties")
            .and_then(|properties| properties.get(&name));
        let Some(property) = property else {
            typed.insert(name, value);
            continue;
        };
        if let Some(value) = wanted(value).map(|value| read(&name, value, property)) {
            typed.insert(name, value?);
        }
    }
    Ok(Value::Object(typed))
}

/// A value that says something.
fn wanted(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        value => Some(value),
    }
}

fn read(name: &str, value: Value, property: &Value) -> Result<Value, ToolError> {
    let kind = property.get("type").and_then(Value::as_str);
    let (read, expected) = match kind {
        Some("integer") => (integer(&value).map(Value::from), "a whole number"),
        Some("number") => (number(&value).map(Value::Number), "a number"),
        Some("boolean") => (boolean(&value).map(Value::Bool), "true or false"),
        Some("array") => (Some(list(value.clone())), "a list"),
        Some("string") => (Some(text(value.clone())), "a text"),
        _ => (Some(value.clone()), ""),
    };
    let range = range(property);
    let fits = |value: &Value| value.as_f64().is_none_or(|number| within(number, property));
    read.filter(fits)
        .ok_or_else(|| ToolError::Wrong(format!("`{name}` is {value}; give {expected}{range}")))
}

fn integer(value: &Value) -> Option<i64> {
    if let Some(whole) = value.as_i64() {
        return Some(whole);
    }
    let text = value.as_str().map(str::trim);
    if let Some(whole) = text.and_then(|text| text.parse().ok()) {
        return Some(whole);
    }
    let double = number(value)?.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within 53 bits")]
    let whole = (double.fract() == 0.0 && double.abs() < 9e15).then_some(double as i64);
    whole
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => Number::from_f64(text.trim().parse().ok()?),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A list; one thing alone is a list of it, a text may hold the list.
fn list(value: Value) -> Value {
    let items = match value {
        Value::Array(items) => items,
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Array(items)) => items,
            _ => text.split(',').map(|part| part.trim().into()).collect(),
        },
        one => vec![one],
    };
    Value::Array(items.into_iter().filter_map(wanted).collect())
}

/// A text; an id of digits alone may come as a number.
fn text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        value => value,
    }
}

fn bound(property: &Value, name: &str) -> Option<f64> {
    property.get(name).and_then(Value::as_f64)
}

fn within(number: f64, property: &Value) -> bool {
    bound(property, "minimum").is_none_or(|least| number >= least)
        && bound(property, "maximum").is_none_or(|most| number <= most)
}

fn range(property: &Value) -> String {
    match (bound(property, "minimum"), bound(property, "maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> JsonObject {
        let schema = json!({ "properties": {
            "n": { "type": "integer", "minimum": 1, "maximum": 200 }, "x": { "type": "number" },
            "yes": { "type": "boolean" }, "list": { "type": "array" }, "text": { "type": "string" },
        } });
        schema.as_object().cloned().unwrap_or_default()
    }

    fn read(arguments: Value) -> Result<Value, String> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        typed(arguments, &schema()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn what_means_a_value_is_taken_as_one() {
        for (given, meant) in [
            (json!({ "n": "20" }), json!({ "n": 20 })),
            (json!({ "n": 2.0 }), json!({ "n": 2 })),
            (json!({ "n": " 2.0 " }), json!({ "n": 2 })),
            (json!({ "x": "1.5" }), json!({ "x": 1.5 })),
            (json!({ "yes": "True" }), json!({ "yes": true })),
            (json!({ "yes": 0 }), json!({ "yes": false })),
            (
                json!({ "list": "[\"a\",\"b\"]" }),
                json!({ "list": ["a", "b"] }),
            ),
            (json!({ "list": "a, b" }), json!({ "list": ["a", "b"] })),
            (json!({ "text": 17 }), json!({ "text": "17" })),
            (json!({ "n": null, "text": "", "list": " " }), json!({})),
            (json!({ "unknown": null }), json!({ "unknown": null })),
        ] {
            assert_eq!(read(given.clone()), Ok(meant), "{given}");
        }
    }

    #[test]
    fn what_means_none_is_named_with_what_it_should_be() {
        let fault = |arguments| read(arguments).unwrap_err();
        for wrong in [
            json!("many"),
            json!(2.5),
            json!(0),
            json!("201"),
            json!([1]),
        ] {
            let said = fault(json!({ "n": wrong }));
            assert_eq!(
                said,
                format!("`n` is {wrong}; give a whole number from 1 to 200")
            );
        }
        assert_eq!(
            fault(json!({ "x": "NaN" })),
            "`x` is \"NaN\"; give a number"
        );
        assert_eq!(
            fault(json!({ "yes": "maybe" })),
            "`yes` is \"maybe\"; give true or false"
        );
    }
}
