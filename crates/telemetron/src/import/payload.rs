//! Payloads of imported records; one that is too large is cut with a mark, its size and its hash.

use serde::Serialize;
use serde_json::json;
use telemetron_model::RawJson;
use xxhash_rust::xxh3::xxh3_64;

/// Most bytes of one payload: input, output and calls of a turn fit into a record together.
const MOST: usize = 2 * 1024 * 1024;

/// How much is kept to recognise it by.
const HEAD: usize = 4096;

/// A payload as JSON.
pub(crate) fn payload<T: Serialize + ?Sized>(value: &T) -> Option<RawJson> {
    let whole = RawJson::of(value)?;
    if whole.get().len() <= MOST {
        return Some(whole);
    }
    let text = whole.get();
    let head = &text[..text.floor_char_boundary(HEAD)];
    let hash = format!("{:016x}", xxh3_64(text.as_bytes()));
    RawJson::of(&json!({"telemetron.cut": {"bytes": text.len(), "xxh3": hash, "head": head}}))
}

/// A text as a payload; none when it is empty.
pub(crate) fn text(text: &str) -> Option<RawJson> {
    if text.is_empty() { None } else { payload(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_payload_is_cut_with_its_true_size() {
        let large = "ä".repeat(MOST);
        let cut = text(&large).unwrap();
        assert!(cut.get().len() < 3 * HEAD);
        let mark: serde_json::Value = cut.parse().unwrap();
        assert_eq!(mark["telemetron.cut"]["bytes"], 2 * MOST + 2);
        assert_eq!(text("small").unwrap().get(), "\"small\"");
        assert_eq!(text(""), None);
    }
}
