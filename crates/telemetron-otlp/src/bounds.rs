//! Bounds that a record must keep, so that the consumer does not refuse what was accepted here.

use telemetron_model::NanoUsd;
use telemetron_model::bounds::{are_countable, is_payable, short_id};
use telemetron_model::record::TokenUsage;

/// An id that is not too long: beyond, its head and the hash of the whole. None when empty.
pub(crate) fn id(id: Option<String>) -> Option<String> {
    id.filter(|id| !id.is_empty()).map(short_id)
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
    fn an_empty_id_is_none() {
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
