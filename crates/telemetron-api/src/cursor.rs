//! Cursors of lists: opaque text that says where a list goes on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes the key after which `list` goes on.
pub(crate) fn encode<K: Serialize>(list: &str, key: &K) -> String {
    // Keys are numbers and texts, which can always be written.
    let json = serde_json::to_vec(&(list, key)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(json)
}

/// Reads the key after which `list` goes on.
pub(crate) fn decode<K: DeserializeOwned>(list: &str, text: &str) -> Result<K, String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let json = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    // The database takes no NUL, so that no cursor of ours holds one.
    let json = json.filter(|json| !json.contains("\\u0000"));
    let read: Option<(String, K)> = json.and_then(|json| serde_json::from_str(&json).ok());
    match read {
        Some((of, key)) if of == list => Ok(key),
        _ => Err("this is not a cursor of this list; take it from `next` of a page".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_and_fits_one_list_only() {
        let text = encode("spans", &(5_i64, "x"));
        assert_eq!(decode::<(i64, String)>("spans", &text), Ok((5, "x".into())));
        assert!(decode::<(i64, String)>("traces", &text).is_err());
        assert!(decode::<(i64, String)>("spans", "%%").is_err());
        assert!(decode::<(i64, String)>("spans", "").is_err());
        let foreign = encode("spans", &(5_i64, "x\0y"));
        assert!(decode::<(i64, String)>("spans", &foreign).is_err());
    }
}
