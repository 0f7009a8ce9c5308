//! Providers in the words of today's OpenTelemetry conventions.
//!
//! Where no attribute names one, other things tell: what `LangChain` notes of its models, the name
//! of a client that Langfuse wraps, a provider before the model's name; and as the last resort the
//! name of a model that only its maker sells under it (rule `provider:model_name`).

use super::payload;
use crate::SpanSource;

/// Old or foreign words, and the one of OpenTelemetry.
const KNOWN: &[(&str, &str)] = &[
    ("az.ai.openai", "azure.ai.openai"),
    ("azure", "azure.ai.openai"),
    ("azure-openai", "azure.ai.openai"),
    ("azure_openai", "azure.ai.openai"),
    ("az.ai.inference", "azure.ai.inference"),
    ("azure_ai", "azure.ai.inference"),
    ("vertex_ai", "gcp.vertex_ai"),
    ("vertexai", "gcp.vertex_ai"),
    ("google.vertex", "gcp.vertex_ai"),
    ("gcp.vertex.agent", "gcp.vertex_ai"),
    ("gemini", "gcp.gemini"),
    ("google.generative-ai", "gcp.gemini"),
    ("google_genai", "gcp.gen_ai"),
    ("google", "gcp.gen_ai"),
    ("bedrock", "aws.bedrock"),
    ("amazon-bedrock", "aws.bedrock"),
    ("aws", "aws.bedrock"),
    ("mistral", "mistral_ai"),
    ("mistralai", "mistral_ai"),
    ("xai", "x_ai"),
    ("moonshot", "moonshot_ai"),
    ("watsonx", "ibm.watsonx.ai"),
    ("googleai", "gcp.gemini"),
    ("google-gla", "gcp.gemini"),
    ("google-vertex", "gcp.vertex_ai"),
    ("google_vertexai", "gcp.vertex_ai"),
    ("amazon_bedrock", "aws.bedrock"),
    ("bedrock_converse", "aws.bedrock"),
    ("openai-chat", "openai"),
    ("openai-responses", "openai"),
];

/// Families of providers that append the kind of endpoint: `openai.responses`, `google.vertex.chat`.
const FAMILIES: &[&str] = &[
    "azure-openai",
    "azure",
    "openai",
    "anthropic",
    "mistral",
    "xai",
    "groq",
    "cohere",
    "deepseek",
    "perplexity",
    "google.vertex",
    "google.generative-ai",
    "amazon-bedrock",
];

/// Frameworks that give their own name where the provider's belongs.
const FRAMEWORKS: &[&str] = &[
    "autogen",
    "strands-agents",
    "langchain",
    "langgraph",
    "langchain_chat_model",
    "crewai",
    "microsoft.agent_framework",
    "agent_framework",
    "llama_index",
    "llamaindex",
    "haystack",
    "smolagents",
    "agno",
    "ag2",
    "mastra",
    "pydantic_ai",
    "pydantic-ai",
    "semantic_kernel",
    "google_adk",
    "claude_code",
    "koog",
    "a2a",
    "_other",
    "unknown",
    "none",
    "null",
];

/// Attributes in which frameworks note the provider of a model.
const NOTED: &[&str] = &[
    "langsmith.metadata.ls_provider",
    "langfuse.observation.metadata.ls_provider",
    "traceloop.association.properties.ls_provider",
    "ls_provider",
];

/// JSON in which they do, by these keys.
const NOTES: &[&str] = &["metadata", "langfuse.observation.metadata", "output.value"];
const KEYS: &[&str] = &[r#""ls_provider""#, r#""model_provider""#];

/// Beginnings of names of models that only their maker sells under them.
const MAKERS: &[(&str, &str)] = &[
    ("gpt-oss", ""),
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4-", "openai"),
    ("text-embedding-3", "openai"),
    ("text-embedding-ada", "openai"),
    ("whisper-1", "openai"),
    ("tts-1", "openai"),
    ("dall-e", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "gcp.gen_ai"),
    ("grok-", "x_ai"),
];

/// The provider of a call of a model that names none, and whether only the model's name tells.
pub(super) fn inferred(source: &SpanSource<'_>, model: Option<&str>) -> Option<(String, bool)> {
    let noted = || {
        source
            .attributes
            .first_text(NOTED)
            .and_then(|text| normalised(bare(text)))
    };
    let within = || {
        let notes = NOTES.iter().filter_map(|name| source.attributes.text(name));
        notes
            .flat_map(|text| KEYS.iter().map(move |key| (text, *key)))
            .find_map(|(text, key)| normalised(payload::text_at(text, key)?))
    };
    // Langfuse's wrappers of the client
    let wrapped = || {
        let name = source.span.name.as_str();
        let openai = name == "OpenAI-generation" || name.starts_with("OpenAI.");
        (openai && source.attributes.any_below("langfuse.")).then(|| "openai".to_owned())
    };
    let before = || {
        let (provider, _) = model?.split_once(['/', ':'])?;
        let known = known(provider).is_some() || FAMILIES.contains(&provider);
        known.then(|| normalised(provider)).flatten()
    };
    let told = noted().or_else(within).or_else(wrapped).or_else(before);
    told.map(|provider| (provider, false)).or_else(|| {
        let model = model?.trim().to_ascii_lowercase();
        let (_, maker) = MAKERS
            .iter()
            .find(|(beginning, _)| model.starts_with(beginning))?;
        (!maker.is_empty()).then(|| ((*maker).to_owned(), true))
    })
}

/// A text out of the quotes that some SDK put around it.
fn bare(text: &str) -> &str {
    text.trim_matches('"')
}

/// A provider by today's name; none for the name of a framework.
pub(super) fn normalised(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() || FRAMEWORKS.contains(&name.as_str()) {
        return None;
    }
    if let Some(known) = known(&name) {
        return Some(known.to_owned());
    }
    let family = FAMILIES.iter().find(|family| {
        let rest = name.strip_prefix(**family);
        rest.is_some_and(|rest| rest.starts_with('.')) && !name.starts_with("azure.ai.")
    });
    Some(family.map_or(name, |family| known_or(family).to_owned()))
}

fn known(name: &str) -> Option<&'static str> {
    KNOWN
        .iter()
        .find(|(old, _)| *old == name)
        .map(|(_, new)| *new)
}

fn known_or(name: &'static str) -> &'static str {
    known(name).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_foreign_names_become_todays() {
        let cases = [
            ("OpenAI", Some("openai")),
            ("az.ai.inference", Some("azure.ai.inference")),
            ("azure.ai.openai", Some("azure.ai.openai")),
            ("vertex_ai", Some("gcp.vertex_ai")),
            ("gemini", Some("gcp.gemini")),
            ("xai", Some("x_ai")),
            ("openai.responses", Some("openai")),
            ("google.vertex.chat", Some("gcp.vertex_ai")),
            ("amazon-bedrock", Some("aws.bedrock")),
            ("strands-agents", None),
            ("someone-new", Some("someone-new")),
        ];
        for (given, expected) in cases {
            assert_eq!(normalised(given).as_deref(), expected, "{given}");
        }
    }
}
