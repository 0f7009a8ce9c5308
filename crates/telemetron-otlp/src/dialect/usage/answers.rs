//! Usage within a whole answer, where an instrumentation notes the answer and not what it used.

use serde_json::Value as Json;

use super::Counts;
use crate::dialect::payload;

/// Where usage stands in the answers of providers and frameworks.
const PLACES: &[&str] = &[
    "/usage",
    "/usage_metadata",
    "/usageMetadata",
    "/llm_output/token_usage",
    "/llm_output/usage",
    "/llmOutput/tokenUsage",
    "/llmOutput/usage",
    "/response_metadata/token_usage",
    "/response_metadata/usage",
    "/kwargs/usage_metadata",
    "/kwargs/response_metadata/token_usage",
    "/generations/0/0/message/kwargs/usage_metadata",
    "/generations/0/0/message/usage_metadata",
    "/generations/0/0/message/kwargs/response_metadata/token_usage",
    "/generations/0/message/kwargs/usage_metadata",
    "/output/usage_metadata",
    "/raw/usage",
    "/message/usage",
];

/// The counts within an answer; nothing when it tells none.
pub(in crate::dialect) fn within(answer: &str) -> Option<Counts> {
    let contains = |word: &str| memchr::memmem::find(answer.as_bytes(), word.as_bytes()).is_some();
    let tells = answer.trim_start().starts_with('{') && (contains("usage") || contains("Usage"));
    let answer: Json = tells.then(|| payload::parsed(answer))??;
    let mut usages = PLACES
        .iter()
        .filter_map(|place| answer.pointer(place)?.as_object());
    usages.find_map(|usage| {
        let counts = Counts::of_object(usage);
        counts.input.or(counts.output).map(|_| counts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_found_in_whole_answers() {
        let told = [
            r#"{"id":"1","usage":{"prompt_tokens":7,"completion_tokens":2}}"#,
            r#"{"candidates":[],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2}}"#,
            r#"{"llm_output":{"token_usage":{"prompt_tokens":7,"completion_tokens":2}}}"#,
            r#"{"generations":[[{"message":{"kwargs":{"usage_metadata":{"input_tokens":7,"output_tokens":2}}}}]]}"#,
        ];
        for answer in told {
            let counts = within(answer).unwrap();
            assert_eq!(
                (counts.input, counts.output),
                (Some(7), Some(2)),
                "{answer}"
            );
        }
        for silent in [
            "usage",
            "{}",
            r#"{"text":"usage"}"#,
            r#"{"usage":{"cost":1}}"#,
        ] {
            assert_eq!(within(silent), None, "{silent}");
        }
    }
}
