//! JSON as YAML: blocks for people, and every text in quotes, which YAML reads as JSON does.

use serde_json::Value;

/// A value as a YAML document.
pub(crate) fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

/// Writes a value that begins on a line of its own.
fn block(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                indent(depth, text);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                below(value, depth, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(depth, text);
                text.push('-');
                below(item, depth, text);
            }
        }
        plain => {
            indent(depth, text);
            text.push_str(&plain.to_string());
            text.push('\n');
        }
    }
}

/// Writes what belongs to a name or to a dash: beside it, or below it, one level deeper.
fn below(value: &Value, depth: usize, text: &mut String) {
    let is_block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        block(value, depth + 1, text);
    } else {
        text.push(' ');
        text.push_str(&value.to_string());
        text.push('\n');
    }
}

fn indent(depth: usize, text: &mut String) {
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nests_is_indented_and_texts_stay_texts() {
        let value = json!({"a": {"b": [1, "no", {"c": null}], "d": {}}, "200": "x: y\n"});
        let text = document(&value);
        let expected = "\"200\": \"x: y\\n\"\n\"a\":\n  \"b\":\n    - 1\n    - \"no\"\n    -\n      \"c\": null\n  \"d\": {}\n";
        assert_eq!(text, expected);
    }
}
