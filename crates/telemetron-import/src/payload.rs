//! Payloads of imported records; one that is too large is cut with a mark, its size and its hash.

use serde::Serialize;
use telemetron_model::RawJson;
use telemetron_model::cut::Cut;

/// Most bytes of one payload: input, output and calls of a turn fit into a record together.
const MOST: usize = 2 * 1024 * 1024;

/// A payload as JSON.
pub(crate) fn payload<T: Serialize + ?Sized>(value: &T) -> Option<RawJson> {
    let whole = RawJson::of(value)?;
    if whole.get().len() <= MOST {
        return Some(whole);
    }
    Cut::of(whole.get()).json()
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
        assert!(cut.get().len() < 3 * 4096);
        let mark: serde_json::Value = cut.parse().unwrap();
        assert_eq!(mark["telemetron.cut"]["bytes"], 2 * MOST + 2);
        assert_eq!(text("small").unwrap().get(), "\"small\"");
        assert_eq!(text(""), None);
    }
}
