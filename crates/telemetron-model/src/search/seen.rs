//! The texts of a JSON value, as a person reads them: without quotation marks and escapes.

use std::borrow::Cow;

use memchr::memchr2;

/// How deep JSON inside of strings of JSON is opened.
const DEPTH: u32 = 3;

/// Gives every text of a JSON value: its strings, names of fields included, and its numbers.
///
/// A string that holds JSON, as tools answer, is given as it is and then opened in its turn.
/// Whatever is no JSON is given as far as it can be read.
pub fn each_text(json: &str, mut each: impl FnMut(&str)) {
    walk(json, DEPTH, &mut each);
}

fn walk(json: &str, depth: u32, each: &mut dyn FnMut(&str)) {
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = end_of_string(bytes, at + 1);
                let text = unescaped(&json[at + 1..end]);
                each(&text);
                if depth > 0 && holds_json(&text) {
                    walk(&text, depth - 1, each);
                }
                at = end + 1;
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => at += 1,
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => {
                let end = end_of_scalar(bytes, at);
                each(&json[at..end]);
                at = end;
            }
        }
    }
}

/// Where the quotation mark stands that ends a string, or where the text ends.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

fn end_of_scalar(bytes: &[u8], from: usize) -> usize {
    let ends = |byte: &u8| matches!(byte, b'"' | b',' | b':' | b'{' | b'}' | b'[' | b']');
    let length = bytes[from..]
        .iter()
        .position(|byte| ends(byte) || byte.is_ascii_whitespace());
    length.map_or(bytes.len(), |length| from + length)
}

/// What the inside of a string says; itself where its escapes are none, such as half a surrogate.
fn unescaped(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let read = serde_json::from_str::<String>(&format!("\"{inside}\""));
    read.map_or(Cow::Borrowed(inside), Cow::Owned)
}

/// Whether a text looks like JSON that has escapes of its own; without any it reads the same.
fn holds_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && text.contains('\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(json: &str) -> Vec<String> {
        let mut texts = Vec::new();
        each_text(json, |text| texts.push(text.to_owned()));
        texts
    }

    #[test]
    fn escapes_are_read_wherever_they_stand() {
        let json =
            r#"[{"role":"user","content":"said \"open\"\nsecond C:\\temp \u4f60"},7.5,true]"#;
        assert_eq!(
            texts(json),
            [
                "role",
                "user",
                "content",
                "said \"open\"\nsecond C:\\temp 你",
                "7.5",
                "true"
            ]
        );
    }

    #[test]
    fn json_inside_of_strings_is_opened() {
        let inner = serde_json::json!({ "result": "one\ntwo" }).to_string();
        let json = serde_json::Value::from(inner.clone()).to_string();
        assert_eq!(texts(&json), [inner.as_str(), "result", "one\ntwo"]);
    }

    proptest! {
        #[test]
        fn any_string_is_given_as_it_was(text in ".{0,40}") {
            let json = serde_json::Value::from(text.clone()).to_string();
            prop_assert_eq!(&texts(&json)[0], &text);
        }

        #[test]
        fn nothing_makes_it_stumble(json in r#"[\[\]{}",:\\u0-9a-d é]{0,60}"#) {
            texts(&json);
        }
    }
}
