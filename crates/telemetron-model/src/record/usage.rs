//! Token counts, normalised to the inclusive model.

use std::ops::{AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// The tokens of one LLM call, or a sum of such.
///
/// `input` includes `cached`, `output` includes `reasoning` (OpenTelemetry GenAI conventions).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "NamedCounts")]
pub struct TokenUsage {
    /// Tokens of the prompt, cached ones included.
    pub input: i64,
    /// Tokens of the answer, reasoning included.
    pub output: i64,
    /// All tokens; input and output together when the source names no total.
    pub total: i64,
    /// Tokens of the prompt that came from a cache.
    pub cached: i64,
    /// Tokens of the answer spent on reasoning.
    pub reasoning: i64,
}

/// Counts under the names that sources use for them; the first of several counts.
#[derive(Deserialize, Default)]
#[serde(default)]
struct NamedCounts {
    input: Option<i64>,
    input_tokens: Option<i64>,
    prompt_tokens: Option<i64>,
    output: Option<i64>,
    output_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    total: Option<i64>,
    total_tokens: Option<i64>,
    cached: Option<i64>,
    cached_tokens: Option<i64>,
    reasoning: Option<i64>,
    reasoning_tokens: Option<i64>,
    prompt_tokens_details: Details,
    input_tokens_details: Details,
    completion_tokens_details: Details,
    output_tokens_details: Details,
}

/// What of a count is of a kind, as the API of `OpenAI` tells it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    cached_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
}

impl From<NamedCounts> for TokenUsage {
    fn from(named: NamedCounts) -> Self {
        let first = |counts: &[Option<i64>]| counts.iter().find_map(|count| *count);
        let count = |counts: &[Option<i64>]| first(counts).unwrap_or_default();
        let of_input = [&named.prompt_tokens_details, &named.input_tokens_details];
        let of_output = [
            &named.completion_tokens_details,
            &named.output_tokens_details,
        ];
        let [prompt, input] = of_input.map(|details| details.cached_tokens);
        let [completion, output] = of_output.map(|details| details.reasoning_tokens);
        Self {
            input: count(&[named.input, named.input_tokens, named.prompt_tokens]),
            output: count(&[named.output, named.output_tokens, named.completion_tokens]),
            total: count(&[named.total, named.total_tokens]),
            cached: count(&[named.cached, named.cached_tokens, prompt, input]),
            reasoning: count(&[named.reasoning, named.reasoning_tokens, completion, output]),
        }
    }
}

impl TokenUsage {
    /// Input and output tokens, and their sum as the total.
    pub const fn new(input: i64, output: i64) -> Self {
        Self {
            input,
            output,
            total: input.saturating_add(output),
            cached: 0,
            reasoning: 0,
        }
    }

    /// Whether nothing was counted.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// The same with a total, and without negative counts.
    #[must_use]
    pub(crate) fn normalised(self) -> Self {
        let [input, output, cached, reasoning] =
            [self.input, self.output, self.cached, self.reasoning].map(|count| count.max(0));
        let total = if self.total > 0 {
            self.total
        } else {
            input.saturating_add(output)
        };
        Self {
            input,
            output,
            total,
            cached,
            reasoning,
        }
    }
}

impl AddAssign for TokenUsage {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.total = self.total.saturating_add(other.total);
        self.cached = self.cached.saturating_add(other.cached);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
    }
}

impl Sub for TokenUsage {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_sub(other.input),
            output: self.output.saturating_sub(other.output),
            total: self.total.saturating_sub(other.total),
            cached: self.cached.saturating_sub(other.cached),
            reasoning: self.reasoning.saturating_sub(other.reasoning),
        }
    }
}
