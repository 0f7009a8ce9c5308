//! The price map of LiteLLM, as it is published.

use std::io::Read;

use telemetron_model::NanoUsd;
use telemetron_model::record::TokenUsage;
use telemetron_otlp::price::{Call, Prices};

use crate::archive;

/// Models of the table of our own whose prices the map has to confirm.
const MODELS: &[&str] = &[
    "gpt-6-astra",
    "gpt-6.1-sol",
    "gpt-5.6-luna",
    "gpt-5.5",
    "gpt-5",
    "gpt-4.1-mini",
    "gpt-4o",
    "gpt-4o-mini",
    "o3",
    "text-embedding-3-small",
    "claude-opus-5-5",
    "claude-haiku-5-5",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
    "gemini-3.8-flash",
    "gemini-3.1-pro-preview",
    "gemini-2.5-pro",
    "deepseek-v4-pro",
];

fn call(model: &str, input: i64) -> Call<'_> {
    Call {
        model,
        provider: None,
        usage: TokenUsage {
            input,
            output: 1_000,
            total: input + 1_000,
            cached: input / 2,
            reasoning: 0,
        },
        // others report none, and have no rate for it or a rate that says nothing
        cache_written: i64::from(model.starts_with("claude")) * input / 10,
        ..Call::default()
    }
}

#[test]
fn the_published_price_map_is_read_and_confirms_the_table_of_our_own() {
    let Some(folder) = archive::unpacked("k8s_litellm") else {
        return;
    };
    let path = "k8s_litellm/litellm/model_prices_and_context_window.json.gz";
    let file = std::fs::File::open(folder.path().join(path)).unwrap();
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(file)
        .read_to_end(&mut json)
        .unwrap();
    let published = Prices::from_json(&json).unwrap();
    assert!(published.len() > 3_500, "{}", published.len());
    let own = Prices::builtin();
    for model in MODELS {
        for input in [1_000, 150_000, 250_000, 300_000] {
            let call = call(model, input);
            assert!(own.cost(&call) > Some(NanoUsd::default()), "{model}");
            assert_eq!(own.cost(&call), published.cost(&call), "{model} {input}");
        }
    }
}

#[test]
fn models_of_recorded_runs_have_a_price() {
    let prices = Prices::builtin();
    let served = [
        (
            "global.anthropic.claude-haiku-4-5-20251001-v1:0",
            "aws.bedrock",
        ),
        (
            "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
            "aws.bedrock",
        ),
        ("mistral/mistral-small-latest", "mistral_ai"),
        ("gpt-4o-mini-2024-07-18", "openai"),
        ("claude-fable-5", "anthropic"),
    ];
    for (model, provider) in served {
        let call = Call {
            provider: Some(provider),
            ..call(model, 1_000)
        };
        assert!(prices.cost(&call).is_some(), "{model}");
    }
}
