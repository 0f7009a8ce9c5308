//! Models: as the proxy and the servers know them, with what their calls of the last minute took.

use std::collections::BTreeMap;

use telemetron_model::fold::Measures;
use telemetron_view::oracle::{ModelDetail, ModelState, PaymentType};

use crate::facts::{Facts, KnownModel, Usage};
use crate::measures::{failed_share, p95_ms};

const UNKNOWN: &str = "unknown";

pub(super) fn section(facts: &Facts) -> Vec<ModelState> {
    let mut models: BTreeMap<String, ModelState> = BTreeMap::new();
    let mut aliases = BTreeMap::new();
    for (source, known) in [("litellm", &facts.proxy), ("ollama", &facts.ollama)] {
        for known in known.iter().flat_map(|known| known.iter()) {
            let state = models
                .entry(known.model.clone())
                .or_insert_with(|| blank(&known.model));
            describe(state, known, source);
            aliases.extend(
                known
                    .upstream
                    .clone()
                    .map(|name| (name, known.model.clone())),
            );
        }
    }
    for (name, usage) in calls(facts) {
        let known = aliases.get(&name).filter(|_| !models.contains_key(&name));
        let name = known.cloned().unwrap_or(name);
        let state = models.entry(name.clone()).or_insert_with(|| blank(&name));
        called(state, facts, &name, usage);
    }
    models.into_values().collect()
}

/// Who was called lately, and how much of that lies within the last minute.
fn calls(facts: &Facts) -> BTreeMap<String, Usage> {
    let mut calls: BTreeMap<String, Usage> = BTreeMap::new();
    if let Some(telemetry) = &facts.telemetry {
        let seen = telemetry.seen.iter().map(|seen| &seen.model);
        for model in seen.filter(|model| !model.is_empty()) {
            calls.entry(model.clone()).or_default();
        }
        calls.extend(telemetry.usage.clone());
    }
    calls
}

fn blank(model: &str) -> ModelState {
    ModelState {
        model: model.to_owned(),
        provider: UNKNOWN.to_owned(),
        tpm: None,
        rpm: None,
        tpm_max: 0.0,
        rpm_max: 0.0,
        credits: None,
        payment_type: None,
        input_context: None,
        output_context: None,
        output_dim: None,
        input_types: None,
        output_types: None,
        detail: Some(ModelDetail::default()),
    }
}

/// Adds what a proxy or a server knows; several deployments of one model add up.
fn describe(state: &mut ModelState, known: &KnownModel, source: &str) {
    if let (UNKNOWN, Some(provider)) = (state.provider.as_str(), &known.provider) {
        state.provider.clone_from(provider);
    }
    state.tpm_max += known.tpm_max.unwrap_or(0.0);
    state.rpm_max += known.rpm_max.unwrap_or(0.0);
    state.input_context = state.input_context.max(known.input_context);
    state.output_context = state.output_context.max(known.output_context);
    state.output_dim = state.output_dim.max(known.output_dim);
    let types = |types: &[String]| (!types.is_empty()).then(|| types.to_vec());
    state.input_types = state
        .input_types
        .take()
        .or_else(|| types(&known.input_types));
    state.output_types = state
        .output_types
        .take()
        .or_else(|| types(&known.output_types));
    state.payment_type = state.payment_type.or_else(|| known.priced.map(payment));
    state.credits = state.credits.or(known.budget_left);
    if let Some(usage) = known.usage {
        at_least(state, usage);
    }
    if let Some(detail) = &mut state.detail {
        if !detail.sources.iter().any(|known| known == source) {
            detail.sources.push(source.to_owned());
        }
        detail.spend_usd = detail.spend_usd.or(known.spend_usd);
        detail.loaded_bytes = detail.loaded_bytes.or(known.loaded_bytes);
    }
}

/// A budget limits what is spent; nobody says that it was paid before.
const fn payment(priced: bool) -> PaymentType {
    match priced {
        true => PaymentType::Postpaid,
        false => PaymentType::Free,
    }
}

/// The proxy may see calls that no span tells of, and spans may go round the proxy.
fn at_least(state: &mut ModelState, usage: Usage) {
    state.tpm = Some(state.tpm.unwrap_or(0.0).max(usage.tokens));
    state.rpm = Some(state.rpm.unwrap_or(0.0).max(usage.requests));
}

/// Adds what spans tell of the calls of a model.
fn called(state: &mut ModelState, facts: &Facts, name: &str, usage: Usage) {
    at_least(state, usage);
    let traces = facts.traces.as_deref();
    if state.provider == UNKNOWN {
        let told = traces.and_then(|traces| {
            let call = traces.fullest.iter().find(|call| call.model == name)?;
            call.provider.clone()
        });
        state.provider = told.unwrap_or_else(|| UNKNOWN.to_owned());
    }
    let Some(detail) = &mut state.detail else {
        return;
    };
    detail.sources.push("telemetry".to_owned());
    let lately = traces.and_then(|traces| lately(&traces.lately.models, name));
    detail.error_rate = lately.and_then(failed_share);
    detail.p95_ms = lately.and_then(p95_ms);
}

fn lately<'a>(models: &'a [(String, Measures)], name: &str) -> Option<&'a Measures> {
    models
        .iter()
        .find(|(model, _)| model == name)
        .map(|(_, work)| work)
}
