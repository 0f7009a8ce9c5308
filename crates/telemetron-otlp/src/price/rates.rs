//! Rates of one model, and what tokens cost at them.

use serde_json::Value;
use telemetron_model::record::TokenUsage;

/// Dollars per token, plain and beyond sizes of the prompt, and as a call may be served.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rates {
    base: Rate,
    /// The same beyond so many tokens of input, smallest first.
    tiers: Tiers,
    /// What it costs served otherwise than as most calls are, as far as the table says.
    served: Served,
}

/// How a call is served, where not as most are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Slower and cheaper.
    Flex,
    /// Ahead of others and dearer.
    Priority,
    /// With many others, some time.
    Batch,
}

/// What is known of the price of each.
#[derive(Debug, Clone, PartialEq)]
enum Served {
    /// Half of what is not served so, where the provider offers it: flex, batches.
    Halves { flex: bool, batch: bool },
    /// Rates of their own: flex, priority, batches.
    Listed(Box<[Option<(Rate, Tiers)>; 3]>),
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
    /// What is written to be kept for an hour.
    cache_write_hour: Option<f64>,
    reasoning: Option<f64>,
}

/// Dollars per million tokens, the form in which providers publish them.
pub(super) const fn per_million(input: f64, output: f64) -> Rate {
    Rate {
        input: input / 1e6,
        output: output / 1e6,
        cache_read: None,
        cache_write: None,
        cache_write_hour: None,
        reasoning: None,
    }
}

impl Rate {
    /// The same with a rate for what was read from a cache.
    pub(super) const fn read(mut self, dollars: f64) -> Self {
        self.cache_read = Some(dollars / 1e6);
        self
    }

    /// The same with a rate for what was written to a cache; to keep it for an hour costs 1.6 times
    /// as much wherever it is sold (twice the plain input instead of a quarter more).
    pub(super) const fn write(mut self, dollars: f64) -> Self {
        self.cache_write = Some(dollars / 1e6);
        self.cache_write_hour = Some(dollars * 1.6 / 1e6);
        self
    }

    /// Half of each.
    fn halved(mut self) -> Self {
        let half = |rate: Option<f64>| rate.map(|rate| rate / 2.0);
        self.input /= 2.0;
        self.output /= 2.0;
        self.cache_read = half(self.cache_read);
        self.cache_write = half(self.cache_write);
        self.cache_write_hour = half(self.cache_write_hour);
        self.reasoning = half(self.reasoning);
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
            served: Served::Halves {
                flex: false,
                batch: false,
            },
        }
    }

    fn usd(&self, usage: &TokenUsage, written: Written) -> f64 {
        let Written { all: written, hour } = written;
        let read = usage.cached.clamp(0, usage.input.max(0));
        let written = written.clamp(0, usage.input.max(0) - read);
        let plain = usage.input.max(0) - read - written;
        let hour = hour.clamp(0, written);
        let write = self.cache_write.unwrap_or(self.input);
        let reasoning = usage.reasoning.clamp(0, usage.output.max(0));
        let said = usage.output.max(0) - reasoning;
        tokens(plain) * self.input
            + tokens(read) * self.cache_read.unwrap_or(self.input)
            + tokens(written - hour) * write
            + tokens(hour) * self.cache_write_hour.unwrap_or(write)
            + tokens(said) * self.output
            + tokens(reasoning) * self.reasoning.unwrap_or(self.output)
    }
}

/// Tokens written to a cache.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) all: i64,
    /// Of these, what is kept for an hour.
    pub(super) hour: i64,
}

impl Rates {
    /// Reads an entry of a LiteLLM price map; `None` when it names no price per token.
    pub(super) fn of(entry: &Value) -> Option<Self> {
        let plain = base(entry, "")?;
        let beyond = tiers(entry, plain, "");
        let served = ["_flex", "_priority", "_batches"].map(|suffix| {
            let rate = base(entry, suffix)?;
            Some((rate, tiers(entry, rate, suffix)))
        });
        Some(Self {
            base: plain,
            tiers: beyond,
            served: Served::Listed(Box::new(served)),
        })
    }

    /// The same, where the provider sells at half the price what it serves so.
    pub(super) fn halved_if(mut self, flex: bool, batch: bool) -> Self {
        self.served = Served::Halves { flex, batch };
        self
    }

    /// What tokens cost, served so; none when the table does not say. The size of the prompt
    /// decides the rate of all of them.
    pub(super) fn usd(
        &self,
        usage: &TokenUsage,
        written: Written,
        tier: Option<Tier>,
    ) -> Option<f64> {
        let plain = || beyond(self.base, &self.tiers, usage.input);
        let rate = match (tier, &self.served) {
            (None, _) => plain(),
            (Some(Tier::Flex), Served::Halves { flex: true, .. })
            | (Some(Tier::Batch), Served::Halves { batch: true, .. }) => plain().halved(),
            (Some(_), Served::Halves { .. }) => return None,
            (Some(tier), Served::Listed(rates)) => {
                let (base, tiers) = rates[tier as usize].as_ref()?;
                beyond(*base, tiers, usage.input)
            }
        };
        Some(rate.usd(usage, written))
    }
}

/// The rate for a prompt of this size.
fn beyond(base: Rate, tiers: &Tiers, input: i64) -> Rate {
    let tier = tiers.iter().rev().find(|(limit, _)| input > *limit);
    tier.map_or(base, |(_, rate)| *rate)
}

/// The rates of an entry whose names end so.
fn base(entry: &Value, suffix: &str) -> Option<Rate> {
    let price = |name: &str| dollars(entry.get(format!("{name}{suffix}"))?);
    let (input, output) = (
        price("input_cost_per_token"),
        price("output_cost_per_token"),
    );
    input.or(output)?;
    Some(Rate {
        input: input.unwrap_or_default(),
        output: output.unwrap_or_default(),
        cache_read: price("cache_read_input_token_cost")
            .or_else(|| price("input_cost_per_token_cache_hit")),
        cache_write: price("cache_creation_input_token_cost"),
        cache_write_hour: price("cache_creation_input_token_cost_above_1hr"),
        reasoning: price("output_cost_per_reasoning_token"),
    })
}

/// The tiers of an entry: `input_cost_per_token_above_200k_tokens` and the like.
fn tiers(entry: &Value, base: Rate, suffix: &str) -> Tiers {
    let mut limits: Vec<i64> = entry
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
        .filter_map(|name| limit(name, suffix))
        .collect();
    limits.sort_unstable();
    limits.dedup();
    let tier = |limit: i64| (limit * 1_000, tier(entry, base, limit, suffix));
    limits.into_iter().map(tier).collect()
}

/// The thousands of tokens in the name of a tier of plain input or output.
fn limit(name: &str, suffix: &str) -> Option<i64> {
    let (kind, limit) = name.strip_suffix(suffix)?.split_once("_above_")?;
    let kinds = ["input_cost_per_token", "output_cost_per_token"];
    kinds
        .contains(&kind)
        .then_some(limit)?
        .strip_suffix("k_tokens")?
        .parse()
        .ok()
}

fn tier(entry: &Value, base: Rate, limit: i64, suffix: &str) -> Rate {
    let price = |name: &str| dollars(entry.get(format!("{name}_above_{limit}k_tokens{suffix}"))?);
    let output = price("output_cost_per_token");
    Rate {
        input: price("input_cost_per_token").unwrap_or(base.input),
        output: output.unwrap_or(base.output),
        cache_read: price("cache_read_input_token_cost").or(base.cache_read),
        cache_write: price("cache_creation_input_token_cost").or(base.cache_write),
        cache_write_hour: price("cache_creation_input_token_cost_above_1hr")
            .or(base.cache_write_hour),
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
