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
use telemetron_model::record::{SpanKind, TokenUsage};

use crate::dialect::Reading;
use rates::Rates;

/// The rule a reading bears whose cost was computed here.
const RULE: &str = "cost:price_table";

/// Prices of models, by name.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    listed: HashMap<String, Rates>,
    /// Names without their date, for whoever reports an alias; the latest date stands.
    undated: HashMap<String, String>,
}

/// What was bought.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The model, as the span calls it.
    pub model: &'a str,
    /// Who served it, in any spelling.
    pub provider: Option<&'a str>,
    /// The tokens, input with what was cached.
    pub usage: TokenUsage,
    /// Tokens of the input that were written to a cache.
    pub cache_written: i64,
}

impl Prices {
    /// The well-known models, as of November 2026.
    pub fn builtin() -> Self {
        Self::of(
            builtin::MODELS
                .iter()
                .map(|(name, rates)| ((*name).to_owned(), rates.clone())),
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
            let stem = names::undated(name);
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

    /// What a call cost; `None` when the model has no price.
    pub fn cost(&self, call: &Call<'_>) -> Option<NanoUsd> {
        let rates = self.rates(call.model, call.provider)?;
        NanoUsd::from_usd(rates.usd(&call.usage, call.cache_written))
    }

    /// Gives a call of a model its cost, when it brings tokens and no cost of its own.
    ///
    /// The model that answered has the price; where nobody knows it, the one that was asked for.
    /// Spans of other kinds sum up what is below them, so they get none.
    pub fn apply(&self, reading: &mut Reading) {
        let (Some(SpanKind::Llm), None, Some(usage)) = (reading.kind, reading.cost, reading.usage)
        else {
            return;
        };
        let (provider, cache_written) = (reading.provider.as_deref(), reading.cache_written);
        let cost = |model: &str| {
            self.cost(&Call {
                model,
                provider,
                usage,
                cache_written,
            })
        };
        let models = [&reading.model, &reading.requested_model];
        reading.cost = models.into_iter().flatten().find_map(|model| cost(model));
        reading.rules.extend(reading.cost.map(|_| RULE));
    }

    fn rates(&self, model: &str, provider: Option<&str>) -> Option<&Rates> {
        names::find(model, provider, |name| self.listed.get(name)).or_else(|| {
            let alias = names::find(model, provider, |name| self.undated.get(name))?;
            self.listed.get(alias)
        })
    }
}

#[cfg(test)]
mod tests;
