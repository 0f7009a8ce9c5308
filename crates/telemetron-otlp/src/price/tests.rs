use super::*;

#[test]
fn the_builtin_table_prices_a_well_known_model() {
    let call = Call {
        model: "gpt-4o",
        provider: None,
        usage: TokenUsage::new(1_000_000, 0),
        cache_written: 0,
    };
    assert_eq!(Prices::builtin().cost(&call), NanoUsd::from_usd(2.5));
}
