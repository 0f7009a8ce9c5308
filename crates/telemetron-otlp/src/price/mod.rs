//! What a call cost, when nobody says: from a table of prices per token.
//!
//! ```text
//!  model + provider ──names──▶ Rates ──tier by prompt size──▶ Rate × tokens ──▶ NanoUsd
//! ```
//!
//! The table is a small one of our own ([`Prices::builtin`]) or a whole price map of LiteLLM
//! ([`Prices::from_json`]). A model that neither names nor resembles an entry has no price: a cost
//! that is made up is worse than none.

mod builtin;
mod names;
mod rates;

use std::collections::HashMap;

use serde_json::{Map, Value};
use telemetron_model::NanoUsd;
use telemetron_model::model_name;
use telemetron_model::record::{SpanKind, TokenUsage};

use crate::dialect::SemanticFields;
use rates::{Rates, Tier, Written};

/// The rule a reading bears whose cost was computed here.
const RULE: &str = "cost:price_table";

/// The rule a reading bears that has tokens and no price.
const UNPRICED: &str = "cost:unpriced";

/// Prices of models, by name.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    listed: HashMap<String, Rates>,
    /// Names without their date, for whoever reports an alias; the latest date stands.
    undated: HashMap<String, String>,
}

/// What was bought.
#[derive(Debug, Clone, Copy, Default)]
pub struct Call<'a> {
    /// The model, as the span calls it.
    pub model: &'a str,
    /// Who served it, in any spelling.
    pub provider: Option<&'a str>,
    /// The tokens, input with what was cached.
    pub usage: TokenUsage,
    /// Tokens of the input that were written to a cache.
    pub cache_written: i64,
    /// Of these, what is kept for an hour.
    pub cache_written_hour: i64,
    /// How it was served, in the provider's word; as most calls are when nobody says.
    pub service_tier: Option<&'a str>,
}

impl Prices {
    /// The well-known models, as of November 2026.
    pub fn builtin() -> Self {
        Self::of(
            builtin::MODELS
                .iter()
                .map(|(name, rates)| ((*name).to_owned(), builtin::served(name, rates))),
        )
    }

    /// Reads a price map in the form of LiteLLM: an object of model names and their rates.
    ///
    /// Entries without a price per token (images, seconds of sound, the sample) are left out.
    ///
    /// # Errors
    /// When the bytes are not a JSON object.
    pub fn from_json(json: &[u8]) -> serde_json::Result<Self> {
        let map: Map<String, Value> = serde_json::from_slice(json)?;
        let priced = map.iter().filter(|(name, _)| *name != "sample_spec");
        Ok(Self::of(priced.filter_map(|(name, entry)| {
            Some((name.clone(), Rates::of(entry)?))
        })))
    }

    fn of(entries: impl Iterator<Item = (String, Rates)>) -> Self {
        let listed: HashMap<String, Rates> = entries
            .map(|(name, rates)| (name.to_ascii_lowercase(), rates))
            .collect();
        let mut undated: HashMap<String, String> = HashMap::new();
        for name in listed.keys() {
            let stem = model_name::undated(name);
            let known = undated.get(stem);
            if stem != name && known.is_none_or(|other| other < name) {
                undated.insert(stem.to_owned(), name.clone());
            }
        }
        Self { listed, undated }
    }

    /// How many models have a price.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Whether no model has a price.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// What a call cost; `None` when the model has no price, or none as it was served.
    pub fn cost(&self, call: &Call<'_>) -> Option<NanoUsd> {
        let tier = served(call.service_tier).ok()?;
        let rates = self.rates(call.model, call.provider)?;
        let written = Written {
            all: call.cache_written,
            hour: call.cache_written_hour,
        };
        NanoUsd::from_usd(rates.usd(&call.usage, written, tier)?)
    }

    /// Gives a call of a model its cost, when it brings tokens and no cost of its own.
    ///
    /// The model that answered has the price; where nobody knows it, the one that was asked for.
    /// Spans of other kinds sum up what is below them, so they get none, but an agent's whose calls
    /// nobody tells otherwise.
    pub fn apply(&self, fields: &mut SemanticFields) {
        let buys = fields.kind == Some(SpanKind::Llm) || fields.adds_up;
        let (true, None, Some(usage)) = (buys, fields.cost, fields.usage) else {
            return;
        };
        let cost = |model: &str| {
            self.cost(&Call {
                model,
                provider: fields.provider.as_deref(),
                usage,
                cache_written: fields.cache_written,
                cache_written_hour: fields.cache_written_hour,
                service_tier: fields.service_tier.as_deref(),
            })
        };
        let models = [&fields.model, &fields.requested_model];
        let cost = models.into_iter().flatten().find_map(|model| cost(model));
        fields.rules.push(cost.map_or(UNPRICED, |_| RULE));
        fields.cost = cost;
    }

    fn rates(&self, model: &str, provider: Option<&str>) -> Option<&Rates> {
        names::find(model, provider, |name| self.listed.get(name)).or_else(|| {
            let alias = names::find(model, provider, |name| self.undated.get(name))?;
            self.listed.get(alias)
        })
    }
}

/// How a call was served, by the word of its provider; an error when nobody knows the word.
fn served(word: Option<&str>) -> Result<Option<Tier>, ()> {
    const AS_MOST: &[&str] = &[
        "auto",
        "default",
        "standard",
        "standard_only",
        "on_demand",
        "scale",
        "unspecified",
    ];
    let word = word.map(str::to_ascii_lowercase);
    match word.as_deref() {
        None => Ok(None),
        Some(word) if AS_MOST.contains(&word) => Ok(None),
        Some("flex") => Ok(Some(Tier::Flex)),
        Some("priority") => Ok(Some(Tier::Priority)),
        Some("batch" | "batches") => Ok(Some(Tier::Batch)),
        Some(_) => Err(()),
    }
}

#[cfg(test)]
mod tests;
