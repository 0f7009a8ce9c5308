//! The one name of a model that goes by many: `openai/gpt-4o`, `gpt-4o-2024-08-06`,
//! `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-opus-4-8[1m]`.
//!
//! What a span says stays as it is; metrics add up what is one model under one name.

use std::borrow::Cow;

/// The name without provider, region, date and mark, as its vendor spells it.
///
/// Whatever else stands in a name makes it another model: `gpt-4o-mini:free`, `ft:gpt-4o-mini:…`,
/// and a number behind one (`text-embedding-ada-002`) unless it is a revision of Google's.
pub fn canonical(model: &str) -> String {
    let model = model.trim().to_ascii_lowercase();
    let mut rest = model.as_str();
    while let Some(tail) = unserved(rest) {
        rest = tail;
    }
    let spelled = respelled(unmarked(of_bedrock(rest)));
    let stem = undated(&spelled);
    let numbered = spelled.len() == stem.len() + "-001".len();
    let known = !numbered || spelled.starts_with("gemini-");
    if known {
        stem.to_owned()
    } else {
        spelled.into_owned()
    }
}

/// Words before a colon that name who serves the model.
const SERVING: &[&str] = &[
    "openai",
    "openai-chat",
    "openai-responses",
    "azure",
    "azure_openai",
    "anthropic",
    "google",
    "google_genai",
    "google_vertexai",
    "google_anthropic_vertex",
    "google-gla",
    "google-vertex",
    "bedrock",
    "bedrock_converse",
    "mistral",
    "mistralai",
    "deepseek",
    "xai",
    "grok",
    "cohere",
    "openrouter",
    "litellm",
    "gateway",
];

/// What stands behind a path or a provider.
pub fn unserved(model: &str) -> Option<&str> {
    let serving = |(first, rest)| SERVING.contains(&first).then_some(rest);
    let path = model.split_once('/').map(|(_, tail)| tail);
    model.split_once(':').and_then(serving).or(path)
}

/// The model as its vendor spells it.
pub fn respelled(model: &str) -> Cow<'_, str> {
    if model.starts_with("claude-") && model.contains('.') {
        return model.replace('.', "-").into();
    }
    match model.strip_prefix("gpt-35-") {
        Some(rest) => format!("gpt-3.5-{rest}").into(),
        None => model.into(),
    }
}

/// The model without a mark in brackets behind it.
pub fn unmarked(model: &str) -> &str {
    let marked = model
        .strip_suffix(']')
        .and_then(|model| model.rsplit_once('['));
    marked.map_or(model, |(model, _)| model)
}

/// The model in an id of Bedrock: no region, no vendor, no revision.
pub fn of_bedrock(model: &str) -> &str {
    const VENDORS: &[&str] = &[
        "anthropic",
        "amazon",
        "meta",
        "mistral",
        "cohere",
        "deepseek",
        "openai",
        "qwen",
        "ai21",
        "writer",
        "google",
        "moonshot",
        "minimax",
        "nvidia",
        "zai",
    ];
    let of_vendor = |text: &'_ str| {
        let (vendor, own) = text.split_once('.')?;
        VENDORS.contains(&vendor).then_some(own.len())
    };
    // whatever region stands before a vendor
    let placed = || model.split_once('.').and_then(|(_, rest)| of_vendor(rest));
    let length = of_vendor(model).or_else(placed);
    // Some tell the vendor apart; only Bedrock has a revision with a colon.
    if length.is_none() && !model.contains(":0") {
        return model;
    }
    let own = &model[model.len() - length.unwrap_or(model.len())..];
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
pub fn undated(name: &str) -> &str {
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

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn spellings_of_one_model_are_one_and_other_models_are_others() {
        let same = [
            ("openai/gpt-4o", "gpt-4o"),
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("openrouter/openai/gpt-4o", "gpt-4o"),
            ("gpt-35-turbo", "gpt-3.5-turbo"),
            ("claude-sonnet-4.5", "claude-sonnet-4-5"),
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "claude-sonnet-4-5",
            ),
            ("claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
            ("claude-opus-4-8[1m]", "claude-opus-4-8"),
            ("models/gemini-2.0-flash-001", "gemini-2.0-flash"),
            ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
            ("Qwen3-8B", "qwen3-8b"),
        ];
        for (given, one) in same {
            assert_eq!(canonical(given), one, "{given}");
        }
        for other in [
            "gpt-4o-mini:free",
            "ft:gpt-4o:acme",
            "gpt-4o-realtime-preview",
            "text-embedding-ada-002",
            "",
        ] {
            assert_eq!(canonical(other), other);
        }
    }
}
