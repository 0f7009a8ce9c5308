//! Ids of spans in the eight bytes of OTLP.

use telemetron_model::SpanId;
use xxhash_rust::xxh3::xxh3_64;

/// The id, or its hash when it has more than eight bytes.
pub(super) fn span_id(id: SpanId) -> Vec<u8> {
    let bytes = id.as_bytes();
    if bytes.len() == 8 {
        return bytes.to_vec();
    }
    // A hash of zero would be no id.
    xxh3_64(bytes).max(1).to_be_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_become_eight_bytes_and_short_ones_stay() {
        let short: SpanId = "0102030405060708".parse().unwrap();
        assert_eq!(span_id(short), short.as_bytes());
        let long: SpanId = "0102030405060708090a0b0c".parse().unwrap();
        assert_eq!(span_id(long).len(), 8);
        assert_eq!(span_id(long), span_id(long));
    }
}
