//! Bounds that a record must keep, so that the consumer does not refuse what was accepted here.

use telemetron_model::NanoUsd;
use telemetron_model::bounds::{MAX_ID_BYTES, are_countable, is_payable};
use telemetron_model::record::TokenUsage;
use xxhash_rust::xxh3::xxh3_64;

/// An id that is not too long: beyond, its head and the hash of the whole. None when empty.
pub(crate) fn id(id: Option<String>) -> Option<String> {
    let id = id?;
    if id.len() > MAX_ID_BYTES {
        let head = &id[..id.floor_char_boundary(MAX_ID_BYTES - 17)];
        return Some(format!("{head}-{:016x}", xxh3_64(id.as_bytes())));
    }
    (!id.is_empty()).then_some(id)
}

/// Tokens that can be true; others stay in the attributes alone.
pub(crate) fn usage(usage: Option<TokenUsage>) -> Option<TokenUsage> {
    usage.filter(|usage| are_countable(*usage) && !usage.is_zero())
}

/// A cost that can be true; another stays in the attributes alone.
pub(crate) fn cost(cost: Option<NanoUsd>) -> Option<NanoUsd> {
    cost.filter(|cost| is_payable(*cost))
}

#[cfg(test)]
mod tests {
    use telemetron_model::bounds::MAX_TOKENS;

    use super::*;

    #[test]
    fn long_ids_that_begin_alike_stay_apart() {
        let long = |end: &str| id(Some(format!("{}{end}", "é".repeat(200)))).unwrap();
        assert_eq!(long("a").len(), 255);
        assert_ne!(long("a"), long("b"));
        assert_eq!(id(Some("short".to_owned())), Some("short".to_owned()));
        assert_eq!(id(Some(String::new())), None);
    }

    #[test]
    fn figures_that_cannot_be_true_are_not_believed() {
        assert_eq!(usage(Some(TokenUsage::new(-1, 5))), None);
        assert_eq!(usage(Some(TokenUsage::new(MAX_TOKENS, 1))), None);
        assert!(usage(Some(TokenUsage::new(3, 1))).is_some());
        assert_eq!(cost(Some(NanoUsd::from_nanos(-1))), None);
        assert_eq!(cost(NanoUsd::from_usd(2_000_000.0)), None);
    }
}
