//! Rates of one model, and what tokens cost at them.

use serde_json::Value;
use telemetron_model::record::TokenUsage;

/// Dollars per token, plain and beyond sizes of the prompt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rates {
    base: Rate,
    /// The same beyond so many tokens of input, smallest first.
    tiers: Tiers,
}

/// Most models have no tier and none has more than a few.
type Tiers = std::borrow::Cow<'static, [(i64, Rate)]>;

/// Dollars per token. A rate that is absent is that of the plain input or output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    reasoning: Option<f64>,
}

/// Dollars per million tokens, the form in which providers publish them.
pub(super) const fn per_million(input: f64, output: f64) -> Rate {
    Rate {
        input: input / 1e6,
        output: output / 1e6,
        cache_read: None,
        cache_write: None,
        reasoning: None,
    }
}

impl Rate {
    /// The same with a rate for what was read from a cache.
    pub(super) const fn read(mut self, dollars: f64) -> Self {
        self.cache_read = Some(dollars / 1e6);
        self
    }

    /// The same with a rate for what was written to a cache.
    pub(super) const fn write(mut self, dollars: f64) -> Self {
        self.cache_write = Some(dollars / 1e6);
        self
    }

    /// These rates at every size of prompt.
    pub(super) const fn flat(self) -> Rates {
        self.beyond(&[])
    }

    /// These rates, and others beyond sizes of the prompt.
    pub(super) const fn beyond(self, tiers: &'static [(i64, Rate)]) -> Rates {
        Rates {
            base: self,
            tiers: Tiers::Borrowed(tiers),
        }
    }

    fn usd(&self, usage: &TokenUsage, written: i64) -> f64 {
        let read = usage.cached.clamp(0, usage.input.max(0));
        let written = written.clamp(0, usage.input.max(0) - read);
        let plain = usage.input.max(0) - read - written;
        let reasoning = usage.reasoning.clamp(0, usage.output.max(0));
        let said = usage.output.max(0) - reasoning;
        tokens(plain) * self.input
            + tokens(read) * self.cache_read.unwrap_or(self.input)
            + tokens(written) * self.cache_write.unwrap_or(self.input)
            + tokens(said) * self.output
            + tokens(reasoning) * self.reasoning.unwrap_or(self.output)
    }
}

impl Rates {
    /// Reads an entry of a LiteLLM price map; `None` when it names no price per token.
    pub(super) fn of(entry: &Value) -> Option<Self> {
        let price = |name: &str| dollars(entry.get(name)?);
        let (input, output) = (
            price("input_cost_per_token"),
            price("output_cost_per_token"),
        );
        input.or(output)?;
        let base = Rate {
            input: input.unwrap_or_default(),
            output: output.unwrap_or_default(),
            cache_read: price("cache_read_input_token_cost")
                .or_else(|| price("input_cost_per_token_cache_hit")),
            cache_write: price("cache_creation_input_token_cost"),
            reasoning: price("output_cost_per_reasoning_token"),
        };
        let tiers = tiers(entry, base).into();
        Some(Self { base, tiers })
    }

    /// What tokens cost. The size of the prompt decides the tier of all of them.
    pub(super) fn usd(&self, usage: &TokenUsage, written: i64) -> f64 {
        let mut beyond = self.tiers.iter().rev();
        let tier = beyond.find(|(limit, _)| usage.input > *limit);
        tier.map_or(self.base, |(_, rate)| *rate)
            .usd(usage, written)
    }
}

/// The tiers of an entry: `input_cost_per_token_above_200k_tokens` and the like.
fn tiers(entry: &Value, base: Rate) -> Vec<(i64, Rate)> {
    let mut limits: Vec<i64> = entry
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
        .filter_map(|name| limit(name))
        .collect();
    limits.sort_unstable();
    limits.dedup();
    limits
        .into_iter()
        .map(|limit| (limit * 1_000, tier(entry, base, limit)))
        .collect()
}

/// The thousands of tokens in the name of a tier of plain input or output.
fn limit(name: &str) -> Option<i64> {
    let (kind, limit) = name.split_once("_above_")?;
    let kinds = ["input_cost_per_token", "output_cost_per_token"];
    kinds
        .contains(&kind)
        .then_some(limit)?
        .strip_suffix("k_tokens")?
        .parse()
        .ok()
}

fn tier(entry: &Value, base: Rate, limit: i64) -> Rate {
    let price = |name: &str| dollars(entry.get(format!("{name}_above_{limit}k_tokens"))?);
    let output = price("output_cost_per_token");
    Rate {
        input: price("input_cost_per_token").unwrap_or(base.input),
        output: output.unwrap_or(base.output),
        cache_read: price("cache_read_input_token_cost").or(base.cache_read),
        cache_write: price("cache_creation_input_token_cost").or(base.cache_write),
        // a dearer answer is dearer to think of as well
        reasoning: price("output_cost_per_reasoning_token")
            .or_else(|| base.reasoning.map(|reasoning| output.unwrap_or(reasoning))),
    }
}

/// A price, also one written as text.
fn dollars(value: &Value) -> Option<f64> {
    let price = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (price.is_finite() && price >= 0.0).then_some(price)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of tokens are far below 2^53"
)]
fn tokens(count: i64) -> f64 {
    count as f64
}
