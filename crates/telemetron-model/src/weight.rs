//! Bounds on what few bytes of JSON can become.

use std::fmt;
use std::marker::PhantomData;

use memchr::memchr_iter;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Most calls that a span holds without spans of their own.
pub const MAX_CALLS: usize = 10_000;

/// About what an object takes beside its text: the largest is a call inside a span.
const OBJECT_BYTES: usize = 320;

/// About what one more element or entry takes beside its text.
const ENTRY_BYTES: usize = 48;

/// About how many bytes a record takes once it is read, by its JSON: never much fewer. Most of it
/// stays text, so for ordinary records it is about twice their size.
pub fn of(json: &[u8]) -> usize {
    let count = |byte| memchr_iter(byte, json).count();
    json.len() + count(b'{') * OBJECT_BYTES + count(b',') * ENTRY_BYTES
}

/// Reads a list of at most so many elements; what is longer is refused before it is read whole.
///
/// # Errors
/// When it is longer, or no list of these.
pub(crate) fn list<'de, D, T, const MOST: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct List<T, const MOST: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for List<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MOST} elements")
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(element) = elements.next_element()? {
                if list.len() == MOST {
                    let what = format!("there are more than {MOST} elements");
                    return Err(A::Error::custom(what));
                }
                list.push(element);
            }
            Ok(list)
        }
    }

    from.deserialize_any(List::<T, MOST>(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{LlmCall, Span};

    fn span(calls: usize) -> String {
        let call = r#"{"model":""}"#;
        let calls = vec![call; calls].join(",");
        format!(
            r#"{{"trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708",
            "name":"s","span_kind":"LLM","status":"RUNNING","start_time":1,"llm_calls":[{calls}]}}"#
        )
    }

    #[test]
    fn a_list_that_is_too_long_is_refused_with_its_bound() {
        let read = |calls| serde_json::from_str::<Span>(&span(calls));
        assert_eq!(read(MAX_CALLS).unwrap().llm_calls.len(), MAX_CALLS);
        let refused = read(MAX_CALLS + 1).unwrap_err().to_string();
        assert!(refused.contains("more than 10000 elements"), "{refused}");
    }

    #[test]
    fn a_record_weighs_at_least_what_its_calls_take() {
        let json = span(5_000);
        let calls = 5_000 * size_of::<LlmCall>();
        assert!(of(json.as_bytes()) >= calls, "{calls}");
        let text = format!("\"{}\"", "x".repeat(10_000));
        assert!(of(text.as_bytes()) < 11_000);
    }
}
