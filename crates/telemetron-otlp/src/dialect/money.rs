//! What a call says it cost, and how it was served.
//!
//! No convention has a name for the cost; gateways, instrumentations and frameworks each have their
//! own. A cost of zero is a price: an answer out of a gateway's cache is free. How a call was served
//! (`flex`, `priority`, in a batch) decides its price where nobody says it: what the answer says
//! counts before what was asked for.

use serde_json::Value as Json;
use telemetron_model::{NanoUsd, RawJson};

use super::payload;
use crate::SpanSource;

/// Names of the whole cost, the most specific first.
const WHOLE: &[&str] = &[
    "gen_ai.usage.cost",
    "gen_ai.usage.cost_usd",
    "gen_ai.usage.total_cost",
    "gen_ai.cost.total_cost",
    "gen_ai.cost.total",
    "gen_ai.cost",
    "llm.cost.total",
    "llm.response.cost",
    "litellm.cost.usd",
    "litellm.cost.total",
    "litellm.cost.total_cost",
    "litellm.response_cost",
    "response_cost",
    "operation.cost",
];

/// Names of its two parts.
const PARTS: &[(&str, &str)] = &[
    ("gen_ai.usage.input_cost", "gen_ai.usage.output_cost"),
    ("gen_ai.cost.input_cost", "gen_ai.cost.output_cost"),
    ("gen_ai.cost.input", "gen_ai.cost.output"),
    ("llm.cost.prompt", "llm.cost.completion"),
];

/// Names of how a call was served, the answer's before the request's.
const SERVED: &[&str] = &[
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "gen_ai.response.service_tier",
    "gen_ai.usage.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
    "gen_ai.request.service_tier",
];

/// Attributes that hold a whole answer, and usage within it.
const ANSWERS: &[&str] = &[
    "output.value",
    "gen_ai.completion",
    "ai.response.providerMetadata",
    "langfuse.observation.usage_details",
];

/// What the span says it cost.
pub(super) fn said(source: &SpanSource<'_>) -> Option<NanoUsd> {
    let number = |name: &str| source.attributes.number(name);
    let whole = || WHOLE.iter().find_map(|name| number(name));
    let parts = || {
        PARTS.iter().find_map(|(input, output)| {
            let (input, output) = (number(input), number(output));
            input.or(output)?;
            Some(input.unwrap_or_default() + output.unwrap_or_default())
        })
    };
    dollars(whole().or_else(parts).or_else(|| within_metadata(source))?)
}

/// The cost in what a gateway appends to its answer: `LiteLLM`, the AI SDK's gateway, `OpenRouter`.
fn within_metadata(source: &SpanSource<'_>) -> Option<f64> {
    const PLACES: &[(&str, &str)] = &[
        ("hidden_params", "/response_cost"),
        ("ai.response.providerMetadata", "/gateway/cost"),
        ("ai.response.providerMetadata", "/openrouter/usage/cost"),
    ];
    PLACES.iter().find_map(|(attribute, path)| {
        let text = source.attributes.text(attribute)?;
        memchr::memmem::find(text.as_bytes(), b"cost")?;
        let metadata = Json::Object(payload::object(source, attribute)?);
        let cost = metadata.pointer(path)?;
        cost.as_f64().or_else(|| cost.as_str()?.parse().ok())
    })
}

/// An amount in dollars; none when it cannot be what one call cost.
pub(super) fn dollars(usd: f64) -> Option<NanoUsd> {
    (0.0..1e6)
        .contains(&usd)
        .then(|| NanoUsd::from_usd(usd))
        .flatten()
}

/// How the call was served, in the words of its provider.
///
/// `parameters` is what a framework noted of the request.
pub(super) fn service_tier(
    source: &SpanSource<'_>,
    parameters: Option<&RawJson>,
) -> Option<String> {
    let attributes = &source.attributes;
    let answers = ANSWERS.iter().filter_map(|name| attributes.text(name));
    attributes
        .first_text(SERVED)
        .map(str::to_owned)
        .or_else(|| {
            let mut texts = answers.chain(parameters.map(RawJson::get));
            let tier = texts.find_map(|text| payload::text_at(text, r#""service_tier""#));
            tier.map(str::to_owned)
        })
}
