use proptest::prelude::*;

use super::*;
use crate::dialect::SemanticFields;

fn usd(usd: f64) -> Option<NanoUsd> {
    NanoUsd::from_usd(usd)
}

fn call<'a>(model: &'a str, provider: Option<&'a str>) -> Call<'a> {
    Call {
        model,
        provider,
        usage: TokenUsage::new(1_000_000, 0),
        ..Call::default()
    }
}

fn map() -> Prices {
    let json = r#"{
        "sample_spec": {"input_cost_per_token": 0.0, "max_tokens": "as many as there are"},
        "gpt-4o": {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05,
                   "cache_read_input_token_cost": 1.25e-06},
        "azure/gpt-4o": {"input_cost_per_token": "5e-06", "output_cost_per_token": 1e-05},
        "claude-x-20250514": {"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
                   "cache_creation_input_token_cost": 3.75e-06},
        "claude-x-20240101": {"input_cost_per_token": 9e-06},
        "gemini/pro": {"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-05,
                   "output_cost_per_reasoning_token": 1e-05,
                   "input_cost_per_token_above_128k_tokens": 2e-06,
                   "input_cost_per_token_above_200k_tokens": 4e-06,
                   "output_cost_per_token_above_200k_tokens": 2e-05},
        "ollama/llama3": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
        "drawing": {"output_cost_per_image": 0.04},
        "broken": 7
    }"#;
    Prices::from_json(json.as_bytes()).unwrap()
}

#[test]
fn entries_without_a_price_per_token_are_left_out() {
    assert_eq!(map().len(), 6);
    assert!(Prices::from_json(b"[]").is_err());
    assert!(Prices::from_json(b"{}").unwrap().is_empty());
}

#[test]
fn a_model_is_found_under_the_names_it_may_have() {
    let prices = map();
    let cases = [
        ("gpt-4o", None, Some(2.5)),
        ("GPT-4o", Some("openai"), Some(2.5)),
        ("gpt-4o", Some("azure.ai.openai"), Some(5.0)),
        ("openai/gpt-4o", None, Some(2.5)),
        ("openrouter/openai/gpt-4o", None, Some(2.5)),
        ("gpt-4o-2024-08-06", None, Some(2.5)),
        ("models/gpt-4o", Some("gcp.gemini"), Some(2.5)),
        ("claude-x", None, Some(3.0)),
        ("claude-x-latest", Some("anthropic"), Some(3.0)),
        ("claude-x-20240101", None, Some(9.0)),
        ("claude-x@20250514", Some("gcp.vertex_ai"), Some(3.0)),
        (
            "us.anthropic.claude-x-20250514-v1:0",
            Some("aws.bedrock"),
            Some(3.0),
        ),
        ("llama3", Some("ollama"), Some(0.0)),
        ("ollama/llama3", None, Some(0.0)),
        ("gpt-4o", Some("ollama"), None),
        ("llama3", None, None),
        ("gpt-4o-mini", None, None),
        ("drawing", None, None),
        ("", None, None),
    ];
    for (model, provider, expected) in cases {
        let found = prices.cost(&call(model, provider));
        assert_eq!(found, expected.and_then(usd), "{model} {provider:?}");
    }
}

#[test]
fn what_was_cached_or_reasoned_has_its_own_rate() {
    let prices = map();
    let usage = TokenUsage {
        input: 1_000_000,
        output: 200_000,
        total: 1_200_000,
        cached: 400_000,
        reasoning: 100_000,
    };
    let cost = |model, cache_written| {
        prices.cost(&Call {
            usage,
            cache_written,
            ..call(model, None)
        })
    };
    // 600k plain, 400k read; 200k of output
    assert_eq!(cost("gpt-4o", 0), usd(1.5 + 0.5 + 2.0));
    // no rate for reading: 900k at the plain one; 100k written
    assert_eq!(cost("claude-x", 100_000), usd(2.7 + 0.375 + 3.0));
}

#[test]
fn what_is_kept_for_an_hour_is_dearer_to_write() {
    let cost = |prices: &Prices, model, cache_written_hour| {
        prices.cost(&Call {
            cache_written: 400_000,
            cache_written_hour,
            ..call(model, None)
        })
    };
    let listed =
        br#"{"x": {"input_cost_per_token": 3e-06, "cache_creation_input_token_cost": 3.75e-06,
        "cache_creation_input_token_cost_above_1hr": 6e-06}}"#;
    let listed = Prices::from_json(listed).unwrap();
    for (prices, model) in [(&listed, "x"), (&Prices::builtin(), "claude-sonnet-4-5")] {
        assert_eq!(cost(prices, model, 0), usd(1.8 + 1.5), "{model}");
        assert_eq!(
            cost(prices, model, 100_000),
            usd(1.8 + 1.125 + 0.6),
            "{model}"
        );
    }
}

#[test]
fn how_a_call_is_served_decides_its_price() {
    let listed = br#"{"x": {"input_cost_per_token": 2e-06, "input_cost_per_token_flex": 1e-06,
        "input_cost_per_token_priority": 4e-06, "output_cost_per_token": 0,
        "input_cost_per_token_above_200k_tokens_priority": 8e-06}}"#;
    let listed = Prices::from_json(listed).unwrap();
    let builtin = Prices::builtin();
    let cases = [
        (&listed, "x", None, Some(2.0)),
        (&listed, "x", Some("default"), Some(2.0)),
        (&listed, "x", Some("flex"), Some(1.0)),
        (&listed, "x", Some("priority"), Some(8.0)),
        (&listed, "x", Some("batch"), None),
        (&listed, "x", Some("reserved"), None),
        (&builtin, "gpt-5", Some("flex"), Some(0.625)),
        (&builtin, "gpt-5", Some("priority"), None),
        (&builtin, "gpt-4o", Some("flex"), None),
        (&builtin, "claude-sonnet-4-5", Some("batch"), Some(1.5)),
        (&builtin, "claude-sonnet-4-5", Some("standard"), Some(3.0)),
    ];
    for (prices, model, service_tier, expected) in cases {
        let served = Call {
            service_tier,
            ..call(model, None)
        };
        assert_eq!(
            prices.cost(&served),
            expected.and_then(usd),
            "{model} {service_tier:?}"
        );
    }
}

#[test]
fn spellings_of_a_model_find_its_price_and_other_models_do_not() {
    let prices = Prices::builtin();
    let cases = [
        ("openai:gpt-4o", Some(2.5)),
        ("google-gla:gemini-2.5-flash", Some(0.3)),
        ("gateway/openai:gpt-4o", Some(2.5)),
        ("openrouter/anthropic/claude-sonnet-4.5", Some(3.0)),
        ("claude-3.5-sonnet-20241022", Some(3.0)),
        ("ca.anthropic.claude-sonnet-4-5-20250929-v1:0", Some(3.0)),
        ("gpt-35-turbo-0125", Some(0.5)),
        ("gpt-4-0613", Some(30.0)),
        ("gpt-4o-2024-05-13", Some(5.0)),
        ("gpt-4o-mini:free", None),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc123", None),
        ("gpt-4o-realtime-preview", None),
        ("ollama:gpt-4o", None),
        ("llama3.2:3b", None),
        ("my.gpt-4o", None),
    ];
    for (model, expected) in cases {
        assert_eq!(
            prices.cost(&call(model, None)),
            expected.and_then(usd),
            "{model}"
        );
    }
}

#[test]
fn a_long_prompt_is_dearer_as_a_whole() {
    let prices = map();
    let cost = |input, output| {
        let usage = TokenUsage::new(input, output);
        prices.cost(&Call {
            usage,
            ..call("pro", Some("gcp.gemini"))
        })
    };
    assert_eq!(cost(128_000, 1_000), usd(0.128 + 0.01));
    assert_eq!(cost(200_000, 1_000), usd(0.4 + 0.01));
    assert_eq!(cost(200_001, 1_000), usd(0.800_004 + 0.02));
}

#[test]
fn only_a_call_of_a_model_without_a_cost_is_given_one() {
    let fields = |kind, cost| SemanticFields {
        kind: Some(kind),
        model: Some("gpt-4o".to_owned()),
        usage: Some(TokenUsage::new(1_000_000, 0)),
        cost,
        ..SemanticFields::default()
    };
    let priced = |mut fields: SemanticFields| {
        map().apply(&mut fields);
        (fields.cost, fields.rules)
    };
    assert_eq!(
        priced(fields(SpanKind::Llm, None)),
        (usd(2.5), vec!["cost:price_table"])
    );
    assert_eq!(priced(fields(SpanKind::Llm, usd(1.0))), (usd(1.0), vec![]));
    let deployed = SemanticFields {
        model: Some("our-deployment".to_owned()),
        requested_model: Some("gpt-4o".to_owned()),
        ..fields(SpanKind::Llm, None)
    };
    assert_eq!(priced(deployed), (usd(2.5), vec!["cost:price_table"]));
    assert_eq!(priced(fields(SpanKind::Agent, None)), (None, vec![]));
    let unknown = SemanticFields {
        model: Some("our-model".to_owned()),
        ..fields(SpanKind::Llm, None)
    };
    assert_eq!(priced(unknown), (None, vec!["cost:unpriced"]));
}

#[test]
fn the_builtin_table_knows_the_models_of_the_day() {
    let prices = Prices::builtin();
    assert!(prices.len() > 60);
    let cases = [
        ("gpt-4o-2024-08-06", None, 2.5),
        ("claude-sonnet-4-5-20250929", Some("anthropic"), 3.0),
        (
            "global.anthropic.claude-haiku-4-5-20251001-v1:0",
            Some("aws.bedrock"),
            1.0,
        ),
        ("claude-opus-4-8[1m]", Some("anthropic"), 5.0),
        ("gemini/gemini-2.5-flash", None, 0.3),
        ("mistral/mistral-small-latest", None, 0.15),
        ("mistral-small", Some("mistral_ai"), 0.15),
        ("sonar", Some("perplexity"), 1.0),
        ("gpt-6-sol", None, 4.0),
    ];
    for (model, provider, expected) in cases {
        assert_eq!(
            prices.cost(&call(model, provider)),
            usd(expected),
            "{model}"
        );
    }
}

proptest! {
    #[test]
    fn no_call_costs_less_than_nothing(
        input in -10_i64..400_000, output in -10_i64..400_000, cached in -10_i64..800_000,
        reasoning in -10_i64..800_000, cache_written in -10_i64..800_000, model in "[a-z0-9/@:.é-]{0,24}",
    ) {
        let usage = TokenUsage { input, output, total: 0, cached, reasoning };
        let prices = map();
        let cost = prices.cost(&Call { usage, cache_written, ..call("pro", Some("gemini")) });
        prop_assert!(cost.unwrap() >= NanoUsd::default());
        let any = prices.cost(&Call { usage, cache_written, ..call(&model, Some(&model)) });
        prop_assert!(any.is_none_or(|cost| cost >= NanoUsd::default()));
    }
}
