//! Providers in the words of today's OpenTelemetry conventions.

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
    "crewai",
    "_other",
];

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
