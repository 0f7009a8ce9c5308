//! An attribute whose text became the input or output of its span is not stored twice.
//!
//! Instrumentation puts prompts and answers into attributes, where they are most of what a span
//! weighs. Once such a text is the span's payload, `{"telemetron.same_as": "input_data"}` stands in
//! its place among the attributes:
//!
//! ```text
//!  "gen_ai.input.messages": "[{\"role\": …}]"   ─▶  {"telemetron.same_as": "input_data"}
//!  input_data: [{"role": …}]                    ─▶  as it is; its text is the attribute's
//! ```

use memchr::{memchr, memmem};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::entries::Entries;
use crate::json::RawJson;

/// Texts below this length stay where they are: a reference says less than they do.
pub const SHORTEST: usize = 256;

/// The name that marks a reference.
const SAME_AS: &str = "telemetron.same_as";

/// The payload that a text is the same as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// What went in.
    InputData,
    /// What came out.
    OutputData,
}

/// Stands in place of an attribute's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Where the text is.
    #[serde(rename = "telemetron.same_as")]
    pub same_as: Payload,
}

/// The reference for a text, when it is long and one of the payloads says it.
pub fn reference(
    text: &str,
    input: Option<&RawJson>,
    output: Option<&RawJson>,
) -> Option<Reference> {
    if text.len() < SHORTEST {
        return None;
    }
    let same_as = [(input, Payload::InputData), (output, Payload::OutputData)];
    let mut same_as = same_as.into_iter().filter_map(|(payload, same_as)| {
        is_text_of(payload?.get(), text).then_some(Reference { same_as })
    });
    same_as.next()
}

/// Puts the texts back in place of the references; none when the attributes have no reference that
/// can be followed.
pub fn expand(
    attributes: &RawJson,
    input: Option<&RawJson>,
    output: Option<&RawJson>,
) -> Option<RawJson> {
    memmem::find(attributes.get().as_bytes(), SAME_AS.as_bytes())?;
    // Declared before the entries, which borrow from it.
    let [input, output] = [input, output].map(|payload| payload.and_then(text_of));
    let mut entries = Entries::read(attributes.get())?;
    let mut changed = false;
    for (_, value) in &mut entries.0 {
        let text = match serde_json::from_str(value.get()) {
            Ok(Reference {
                same_as: Payload::InputData,
            }) => input.as_ref(),
            Ok(Reference {
                same_as: Payload::OutputData,
            }) => output.as_ref(),
            Err(_) => None,
        };
        if let Some(text) = text {
            *value = text;
            changed = true;
        }
    }
    changed.then(|| RawJson::of(&entries))?
}

/// Puts references in place of the texts, for a reader who has the payloads in hand; none when
/// there is nothing to refer to.
pub fn collapse(
    attributes: &RawJson,
    input: Option<&RawJson>,
    output: Option<&RawJson>,
) -> Option<RawJson> {
    if attributes.get().len() < SHORTEST {
        return None;
    }
    let entries = Entries::read(attributes.get())?;
    let references = entries.0.iter().map(|(_, value)| {
        let text: String = serde_json::from_str(value.get()).ok()?;
        let reference = reference(&text, input, output)?;
        serde_json::value::to_raw_value(&reference).ok()
    });
    let references: Vec<_> = references.collect();
    if references.iter().all(Option::is_none) {
        return None;
    }
    let collapsed = entries.0.into_iter().zip(&references);
    let collapsed =
        collapsed.map(|((name, value), reference)| (name, reference.as_deref().unwrap_or(value)));
    RawJson::of(&Entries(collapsed.collect()))
}

/// Whether a payload is this text: as its JSON, or as the string that its JSON writes.
fn is_text_of(json: &str, text: &str) -> bool {
    match json.strip_prefix('"') {
        Some(quoted) => is_written(quoted, text),
        None => json == text,
    }
}

/// Whether a JSON string behind its opening quote writes a text, with the escapes of serde_json.
fn is_written(mut quoted: &str, mut text: &str) -> bool {
    loop {
        let Some(escape) = memchr(b'\\', quoted.as_bytes()) else {
            return quoted.strip_suffix('"') == Some(text);
        };
        let (plain, rest) = quoted.split_at(escape);
        let Some(behind) = text.strip_prefix(plain) else {
            return false;
        };
        let Some((letter, length)) = unescaped(rest) else {
            return false;
        };
        let Some(behind) = behind.strip_prefix(letter) else {
            return false;
        };
        (quoted, text) = (&rest[length..], behind);
    }
}

/// The letter of the escape at the start, and how long the escape is.
fn unescaped(escape: &str) -> Option<(char, usize)> {
    let letter = match escape.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => {
            let code = u32::from_str_radix(escape.get(2..6)?, 16).ok()?;
            return char::from_u32(code).map(|letter| (letter, 6));
        }
        _ => return None,
    };
    Some((letter, 2))
}

/// The attribute's value that a payload stands for; none for the mark of a payload that was cut.
fn text_of(payload: &RawJson) -> Option<Box<RawValue>> {
    let json = payload.get();
    if json.starts_with("{\"telemetron.cut\"") {
        return None;
    }
    if json.starts_with('"') {
        return RawValue::from_string(json.to_owned()).ok();
    }
    serde_json::value::to_raw_value(json).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(json: &str) -> RawJson {
        RawJson::from_text(json.to_owned()).unwrap()
    }

    /// Attributes with a text as the mapping writes them, and as they are read again.
    fn there_and_back(text: &str, input: &RawJson) -> (bool, serde_json::Value) {
        let reference = reference(text, Some(input), None);
        let attributes = match reference {
            Some(reference) => RawJson::of(&[("a", reference)].into_iter().collect::<Map<_>>()),
            None => RawJson::of(&[("a", text)].into_iter().collect::<Map<_>>()),
        };
        let attributes = attributes.unwrap();
        let read = expand(&attributes, Some(input), None).unwrap_or(attributes);
        (reference.is_some(), read.parse().unwrap())
    }

    type Map<V> = std::collections::BTreeMap<&'static str, V>;

    proptest! {
        #[test]
        fn whatever_the_text_it_reads_back_as_it_was(text in "\\PC*[\"\\\\\n\t\u{1}éx]\\PC*") {
            let text = text.repeat(1 + SHORTEST / text.len().max(1));
            let (referred, read) = there_and_back(&text, &RawJson::of(&text).unwrap());
            prop_assert!(referred, "{text:?} was written twice");
            prop_assert_eq!(&read, &serde_json::json!({ "a": text }));
            let whole = RawJson::of(&read).unwrap();
            let input = RawJson::of(&text).unwrap();
            let collapsed = collapse(&whole, Some(&input), None).unwrap();
            prop_assert_eq!(collapsed.get(), r#"{"a":{"telemetron.same_as":"input_data"}}"#);
        }
    }

    #[test]
    fn a_text_that_is_json_reads_back_as_the_text_it_was() {
        let text = format!("[ {{\"content\": \"{}\"}} ]", "x\\n".repeat(200));
        let (referred, read) = there_and_back(&text, &raw(&text));
        assert!(referred);
        assert_eq!(read, serde_json::json!({ "a": text }));
    }

    #[test]
    fn what_the_payload_does_not_say_stays() {
        let long = "x".repeat(SHORTEST);
        let quoted = format!("\"{long}\"");
        // The payload is the text without the quotes that the attribute has.
        assert_eq!(reference(&quoted, Some(&raw(&quoted)), None), None);
        assert_eq!(reference(&long, Some(&raw("\"x\"")), None), None);
        assert_eq!(reference(&long, None, None), None);
        assert_eq!(reference("short", Some(&raw("\"short\"")), None), None);
    }

    #[test]
    fn a_reference_to_what_is_gone_stays_a_reference() {
        let attributes = raw(r#"{"a":{"telemetron.same_as":"output_data"},"b":1}"#);
        let cut = raw(r#"{"telemetron.cut":{"bytes":9}}"#);
        assert_eq!(expand(&attributes, None, None), None);
        assert_eq!(expand(&attributes, Some(&raw("1")), Some(&cut)), None);
        let whole = expand(&attributes, None, Some(&raw("[1, 2]"))).unwrap();
        assert_eq!(whole.get(), r#"{"a":"[1, 2]","b":1}"#);
    }
}
