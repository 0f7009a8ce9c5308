//! Under which names a model may stand in a table of prices.
//!
//! Tried in this order, each in lower case:
//!
//! 1. `provider/model`, the provider in the words of LiteLLM (`aws.bedrock` is `bedrock`);
//! 2. the model as it was reported;
//! 3. the model without its path, part by part (`models/…`, `openrouter/anthropic/…`);
//! 4. without the provider before a colon (`openai:gpt-4o`);
//! 5. without the region, vendor and revision of Bedrock (`us.anthropic.…-v1:0`);
//! 6. without what Claude Code adds to it in brackets (`claude-opus-4-8[1m]`);
//! 7. as its vendor spells it (`claude-sonnet-4.5` is `claude-sonnet-4-5`, Azure's `gpt-35-turbo`
//!    is `gpt-3.5-turbo`);
//! 8. without its date or revision (`-20250929`, `-2024-08-06`, `@20240229`, `-001`, `-latest`).
//!
//! Whatever else stands in a name makes it another model: `gpt-4o-mini:free`, `ft:gpt-4o-mini:…`,
//! `gpt-4o-realtime-preview` have no price of the one that they contain.
//!
//! What runs on one's own machine is sought under its provider alone: a bare `gpt-oss` or `llama`
//! there costs no provider's price.

use std::borrow::Cow;

use telemetron_model::model_name::{of_bedrock, respelled, undated, unmarked, unserved};

/// Providers that run models on the machine of whoever calls them.
const LOCAL: &[&str] = &[
    "ollama",
    "ollama_chat",
    "hosted_vllm",
    "vllm",
    "lm_studio",
    "llamafile",
];

/// Our words for providers, and LiteLLM's where they differ.
const PROVIDERS: &[(&str, &str)] = &[
    ("aws.bedrock", "bedrock"),
    ("azure.ai.openai", "azure"),
    ("azure.ai.inference", "azure_ai"),
    ("gcp.gemini", "gemini"),
    ("gcp.gen_ai", "gemini"),
    ("gcp.vertex_ai", "vertex_ai"),
    ("mistral_ai", "mistral"),
    ("moonshot_ai", "moonshot"),
    ("ibm.watsonx.ai", "watsonx"),
    ("x_ai", "xai"),
];

/// The first that a table has under a name of the model, the best name first.
pub(super) fn find<T>(
    model: &str,
    provider: Option<&str>,
    mut look_up: impl FnMut(&str) -> Option<T>,
) -> Option<T> {
    let model = lower(model.trim());
    let provider = provider.map(lower);
    let provider = provider.as_deref().map(litellm);
    let is_local = |name: &str| LOCAL.contains(&name);
    let local = provider.is_some_and(is_local)
        || model
            .split_once(['/', ':'])
            .is_some_and(|(first, _)| is_local(first));
    let mut served = String::new();
    forms(&model, local).into_iter().find_map(|form| {
        if let Some(provider) = provider {
            served.clear();
            served.extend([provider, "/", &form]);
            let found = look_up(&served);
            if found.is_some() {
                return found;
            }
        }
        (!local || form.contains('/')).then(|| look_up(&form))?
    })
}

/// A name in lower case, as most are.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return name.to_ascii_lowercase().into();
    }
    name.into()
}

/// The model as reported, and then with less and less around it.
fn forms(model: &str, local: bool) -> Vec<Cow<'_, str>> {
    let mut forms = vec![Cow::Borrowed(model)];
    if local {
        return forms;
    }
    let mut rest = model;
    while let Some(tail) = unserved(rest) {
        forms.push(tail.into());
        rest = tail;
    }
    let own = of_bedrock(rest);
    let bare = unmarked(own);
    forms.extend([own.into(), bare.into()]);
    let spelled = respelled(bare);
    let stem = undated(&spelled).to_owned();
    forms.extend([spelled, stem.into()]);
    forms.dedup();
    forms
}

fn litellm(provider: &str) -> &str {
    let known = PROVIDERS.iter().find(|(ours, _)| *ours == provider);
    known.map_or(provider, |(_, theirs)| theirs)
}
