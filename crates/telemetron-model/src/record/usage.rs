//! Token counts, normalised to the inclusive model.

use std::ops::{AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// The tokens of one LLM call, or a sum of such.
///
/// `input` includes `cached`, `output` includes `reasoning` (OpenTelemetry GenAI conventions).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
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
