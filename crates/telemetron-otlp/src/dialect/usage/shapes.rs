//! Usage written as JSON, in whichever words a provider or a framework chose.
//!
//! The names are those of `OpenAI` (chat and responses), Anthropic, Gemini, Bedrock, `LangChain`,
//! the AI SDK and Langfuse. What stands in details below is sought there as well.

use serde_json::{Map, Value as Json};

use super::Counts;

const INPUT: &[&str] = &[
    "input",
    "input_tokens",
    "prompt_tokens",
    "inputTokens",
    "promptTokens",
    "prompt_token_count",
    "promptTokenCount",
    "inputTokenCount",
    "input_token_count",
];
const OUTPUT: &[&str] = &[
    "output",
    "output_tokens",
    "completion_tokens",
    "outputTokens",
    "completionTokens",
    "candidates_token_count",
    "candidatesTokenCount",
    "outputTokenCount",
    "output_token_count",
    "generated_token_count",
];
const TOTAL: &[&str] = &[
    "total",
    "total_tokens",
    "totalTokens",
    "total_token_count",
    "totalTokenCount",
];
const CACHE_READ: &[&str] = &[
    "cache_read_input_tokens",
    "cacheReadInputTokens",
    "cache_read_tokens",
    "cached_input_tokens",
    "cachedInputTokens",
    "input_cached_tokens",
    "input_cache_read",
    "cached_tokens",
    "cached_content_token_count",
    "cachedContentTokenCount",
    "cachedContentTokens",
];
const CACHE_WRITE: &[&str] = &[
    "cache_creation_input_tokens",
    "cacheCreationInputTokens",
    "cacheWriteInputTokens",
    "cache_write_input_tokens",
    "cache_write_tokens",
    "input_cache_creation",
    "input_cache_write",
];
const REASONING: &[&str] = &[
    "reasoning_tokens",
    "reasoningTokens",
    "output_reasoning_tokens",
    "output_reasoning",
    "thinking_tokens",
    "thoughts_tokens",
    "thoughts_token_count",
    "thoughtsTokenCount",
    "thoughtsTokens",
];
const INPUT_DETAILS: &[&str] = &[
    "input_token_details",
    "input_tokens_details",
    "prompt_tokens_details",
    "promptTokensDetails",
    "inputTokenDetails",
    "inputTokensDetails",
];
const OUTPUT_DETAILS: &[&str] = &[
    "output_token_details",
    "output_tokens_details",
    "completion_tokens_details",
    "completionTokensDetails",
    "outputTokenDetails",
    "outputTokensDetails",
];
/// What was read from a cache, as it stands in details of the input.
const DETAIL_READ: &[&str] = &[
    "cache_read",
    "cached_tokens",
    "cachedTokens",
    "cacheRead",
    "cacheReadTokens",
    "cached",
];
const DETAIL_WRITE: &[&str] = &[
    "cache_creation",
    "cache_write",
    "cache_write_tokens",
    "cacheWrite",
    "cacheWriteTokens",
    "cacheCreationTokens",
];
const DETAIL_REASONING: &[&str] = &[
    "reasoning",
    "reasoning_tokens",
    "reasoningTokens",
    "thinking_tokens",
];
/// What was written to a cache that lasts an hour, and to one that lasts five minutes.
const HOUR: &str = "ephemeral_1h_input_tokens";
const MINUTES: &str = "ephemeral_5m_input_tokens";

impl Counts {
    /// The counts of an object.
    pub(in crate::dialect) fn of_object(usage: &Map<String, Json>) -> Self {
        let own = |names: &[&str]| first(usage, names);
        let detail = |of: &[&str], names: &[&str]| {
            let mut details = of.iter().filter_map(|name| usage.get(*name)?.as_object());
            details.find_map(|details| first(details, names))
        };
        let (hour, minutes) = (lasting(usage, HOUR), lasting(usage, MINUTES));
        let by_length = hour.or(minutes).map(|_| {
            let [hour, minutes] = [hour, minutes].map(Option::unwrap_or_default);
            hour.saturating_add(minutes)
        });
        let written = own(CACHE_WRITE).or_else(|| detail(INPUT_DETAILS, DETAIL_WRITE));
        Self {
            input: own(INPUT),
            output: own(OUTPUT),
            total: own(TOTAL),
            cache_read: own(CACHE_READ).or_else(|| detail(INPUT_DETAILS, DETAIL_READ)),
            cache_write: written.max(by_length),
            cache_write_hour: hour,
            reasoning: own(REASONING).or_else(|| detail(OUTPUT_DETAILS, DETAIL_REASONING)),
            ..Self::default()
        }
    }
}

/// What was written to a cache that lasts so long, wherever it stands.
fn lasting(usage: &Map<String, Json>, name: &str) -> Option<i64> {
    let below = ["cache_creation", "input_token_details", "cacheCreation"];
    let mut places = below
        .iter()
        .filter_map(|place| usage.get(*place)?.as_object());
    let own = usage.get(name).and_then(count);
    own.or_else(|| places.find_map(|place| place.get(name).and_then(count)))
        .or_else(|| usage.get(&format!("input_{name}")).and_then(count))
}

/// The largest of several names for one count: a zero under one hides the other's.
fn first(usage: &Map<String, Json>, names: &[&str]) -> Option<i64> {
    let counts = names.iter().filter_map(|name| count(usage.get(*name)?));
    counts.max()
}

/// A whole number, also one written as text or as a float.
pub(in crate::dialect) fn count(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Json::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within range")]
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(json: &serde_json::Value) -> [Option<i64>; 6] {
        let counts = Counts::of_object(json.as_object().unwrap());
        let Counts {
            input,
            output,
            total,
            cache_read,
            cache_write,
            reasoning,
            ..
        } = counts;
        [input, output, total, cache_read, cache_write, reasoning]
    }

    #[test]
    fn usage_of_every_provider_is_read() {
        let all = [Some(20), Some(5), Some(25), Some(8), Some(3), Some(2)];
        let same = [
            serde_json::json!({
                "prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25,
                "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 3},
                "completion_tokens_details": {"reasoning_tokens": 2},
            }),
            serde_json::json!({
                "input_tokens": 20, "output_tokens": 5, "total_tokens": 25,
                "input_token_details": {"cache_read": 8, "cache_creation": 3},
                "output_token_details": {"reasoning": 2},
            }),
            serde_json::json!({
                "inputTokens": 20.0, "outputTokens": "5", "totalTokens": "25.0",
                "inputTokenDetails": {"cacheReadTokens": 8, "cacheWriteTokens": 3},
                "outputTokenDetails": {"reasoningTokens": 2},
            }),
            serde_json::json!({
                "promptTokenCount": 20, "candidatesTokenCount": 5, "totalTokenCount": 25,
                "cachedContentTokenCount": 8, "cacheWriteInputTokens": 3, "thoughtsTokenCount": 2,
            }),
        ];
        for usage in same {
            assert_eq!(counts(&usage), all, "{usage}");
        }
    }

    #[test]
    fn what_was_cached_for_long_is_part_of_what_was_cached() {
        let usage = serde_json::json!({
            "input_tokens": 3, "cache_creation_input_tokens": 30,
            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        });
        let counts = Counts::of_object(usage.as_object().unwrap());
        assert_eq!(
            (counts.cache_write, counts.cache_write_hour),
            (Some(30), Some(20))
        );
    }

    #[test]
    fn what_is_no_count_is_none() {
        let usage = serde_json::json!({"input": [1], "output": null, "total": 1.5});
        assert_eq!(counts(&usage), [None; 6]);
    }
}
