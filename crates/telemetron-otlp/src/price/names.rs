//! Under which names a model may stand in a table of prices.
//!
//! Tried in this order, each in lower case:
//!
//! 1. `provider/model`, the provider in the words of LiteLLM (`aws.bedrock` is `bedrock`);
//! 2. the model as it was reported;
//! 3. the model without its path, part by part (`models/…`, `openrouter/anthropic/…`);
//! 4. without the region, vendor and revision of Bedrock (`us.anthropic.…-v1:0`);
//! 5. without what Claude Code adds to it in brackets (`claude-opus-4-8[1m]`);
//! 6. without its date or revision (`-20250929`, `-2024-08-06`, `@20240229`, `-001`, `-latest`).
//!
//! What runs on one's own machine is sought under its provider alone: a bare `gpt-oss` or `llama`
//! there costs no provider's price.

use std::borrow::Cow;

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
            .split_once('/')
            .is_some_and(|(first, _)| is_local(first));
    let mut served = String::new();
    forms(&model, local).into_iter().find_map(|form| {
        if let Some(provider) = provider {
            served.clear();
            served.extend([provider, "/", form]);
            let found = look_up(&served);
            if found.is_some() {
                return found;
            }
        }
        (!local || form.contains('/')).then(|| look_up(form))?
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
fn forms(model: &str, local: bool) -> Vec<&str> {
    let mut forms = vec![model];
    if local {
        return forms;
    }
    let mut rest = model;
    while let Some((_, tail)) = rest.split_once('/') {
        forms.push(tail);
        rest = tail;
    }
    let own = of_bedrock(rest);
    let bare = unmarked(own);
    forms.extend([own, bare, undated(bare)]);
    forms.dedup();
    forms
}

/// The model without a mark in brackets behind it.
fn unmarked(model: &str) -> &str {
    let marked = model
        .strip_suffix(']')
        .and_then(|model| model.rsplit_once('['));
    marked.map_or(model, |(model, _)| model)
}

fn litellm(provider: &str) -> &str {
    let known = PROVIDERS.iter().find(|(ours, _)| *ours == provider);
    known.map_or(provider, |(_, theirs)| theirs)
}

/// The model in an id of Bedrock: no region, no vendor, no revision.
fn of_bedrock(model: &str) -> &str {
    const REGIONS: &[&str] = &["us.", "eu.", "apac.", "jp.", "au.", "global.", "us-gov."];
    const VENDORS: &[&str] = &[
        "anthropic.",
        "amazon.",
        "meta.",
        "mistral.",
        "cohere.",
        "deepseek.",
        "openai.",
        "qwen.",
    ];
    let first = |text, prefixes: &[&str]| {
        prefixes
            .iter()
            .find_map(|prefix| str::strip_prefix(text, *prefix))
    };
    let placed = first(model, REGIONS).unwrap_or(model);
    let Some(own) = first(placed, VENDORS) else {
        return model;
    };
    match own.rsplit_once("-v") {
        Some((name, revision)) if is_revision(revision) => name,
        _ => own,
    }
}

/// `1`, `1:0` and the like.
fn is_revision(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == ':')
}

/// A name without its date or revision at the end.
pub(super) fn undated(name: &str) -> &str {
    if let Some((stem, date)) = name.split_once('@') {
        let dated = date == "default" || date == "latest" || is_digits(date, 8);
        return if dated { stem } else { name };
    }
    if let Some(stem) = name.strip_suffix("-latest") {
        return stem;
    }
    let Some((stem, last)) = name.rsplit_once('-') else {
        return name;
    };
    if is_digits(last, 8) || is_digits(last, 3) {
        return stem;
    }
    iso_date(name).unwrap_or(name)
}

/// The stem of a name that ends in `-2024-08-06`.
fn iso_date(name: &str) -> Option<&str> {
    let (stem, day) = name.rsplit_once('-')?;
    let (stem, month) = stem.rsplit_once('-')?;
    let (stem, year) = stem.rsplit_once('-')?;
    let dated = is_digits(year, 4) && is_digits(month, 2) && is_digits(day, 2);
    dated.then_some(stem)
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}
