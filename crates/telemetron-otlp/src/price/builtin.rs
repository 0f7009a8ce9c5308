//! Prices of the well-known models in November 2026: dollars per million tokens of input and
//! output, read from a cache, written to one; and the same for long prompts where they differ.
//!
//! What is served by one host alone stands under its name.

use super::rates::{Rates, per_million};

/// Rates of a model, with what its provider sells at half the price.
pub(super) fn served(name: &str, rates: &Rates) -> Rates {
    let is_of = |families: &[&str]| families.iter().any(|family| name.starts_with(family));
    let flex = is_of(&["gpt-5", "gpt-6", "o3", "o4-mini"]) && name != "o3-mini";
    let batch = is_of(&[
        "gpt-",
        "o1",
        "o3",
        "o4-mini",
        "text-embedding-3",
        "claude-",
        "gemini-",
    ]);
    rates.clone().halved_if(flex, batch)
}

/// Names, without dates but where a date has a price of its own, and rates.
pub(super) const MODELS: &[(&str, Rates)] = &[
    (
        "gpt-6-astra",
        per_million(10.0, 50.0)
            .read(1.0)
            .write(12.5)
            .beyond(&[(272_000, per_million(20.0, 75.0).read(2.0).write(25.0))]),
    ),
    (
        "gpt-6.1-sol",
        per_million(2.0, 10.0)
            .read(0.1)
            .write(2.5)
            .beyond(&[(272_000, per_million(4.0, 15.0).read(0.2).write(5.0))]),
    ),
    (
        "gpt-6.1-terra",
        per_million(1.0, 5.0)
            .read(0.05)
            .write(1.25)
            .beyond(&[(272_000, per_million(2.0, 7.5).read(0.1).write(2.5))]),
    ),
    (
        "gpt-6-sol",
        per_million(2.0, 10.0)
            .read(0.2)
            .write(2.5)
            .beyond(&[(272_000, per_million(4.0, 15.0).read(0.4).write(5.0))]),
    ),
    (
        "gpt-6-luna",
        per_million(0.1, 0.5)
            .read(0.01)
            .write(0.125)
            .beyond(&[(272_000, per_million(0.2, 0.75).read(0.02).write(0.25))]),
    ),
    (
        "gpt-5.6",
        per_million(4.0, 20.0)
            .read(0.4)
            .write(5.0)
            .beyond(&[(272_000, per_million(8.0, 30.0).read(0.8).write(10.0))]),
    ),
    (
        "gpt-5.6-terra",
        per_million(2.0, 12.0)
            .read(0.2)
            .write(2.5)
            .beyond(&[(272_000, per_million(4.0, 18.0).read(0.4).write(5.0))]),
    ),
    (
        "gpt-5.6-luna",
        per_million(0.2, 1.2)
            .read(0.02)
            .write(0.25)
            .beyond(&[(272_000, per_million(0.4, 1.8).read(0.04).write(0.5))]),
    ),
    (
        "gpt-5.5",
        per_million(5.0, 30.0)
            .read(0.5)
            .beyond(&[(272_000, per_million(10.0, 45.0).read(1.0))]),
    ),
    (
        "gpt-5.4",
        per_million(2.5, 15.0)
            .read(0.25)
            .beyond(&[(272_000, per_million(5.0, 22.5).read(0.5))]),
    ),
    ("gpt-5.4-mini", per_million(0.75, 4.5).read(0.075).flat()),
    ("gpt-5.4-nano", per_million(0.2, 1.25).read(0.02).flat()),
    ("gpt-5.3-codex", per_million(1.75, 14.0).read(0.175).flat()),
    ("gpt-5.2", per_million(1.75, 14.0).read(0.175).flat()),
    ("gpt-5.1", per_million(1.25, 10.0).read(0.125).flat()),
    ("gpt-5", per_million(1.25, 10.0).read(0.125).flat()),
    ("gpt-5-mini", per_million(0.25, 2.0).read(0.025).flat()),
    ("gpt-5-nano", per_million(0.05, 0.4).read(0.005).flat()),
    ("gpt-4.1", per_million(2.0, 8.0).read(0.5).flat()),
    ("gpt-4.1-mini", per_million(0.4, 1.6).read(0.1).flat()),
    ("gpt-4.1-nano", per_million(0.1, 0.4).read(0.025).flat()),
    ("gpt-4o", per_million(2.5, 10.0).read(1.25).flat()),
    ("gpt-4o-2024-05-13", per_million(5.0, 15.0).flat()),
    ("gpt-4o-mini", per_million(0.15, 0.6).read(0.075).flat()),
    ("gpt-4-turbo", per_million(10.0, 30.0).flat()),
    ("gpt-4-1106-preview", per_million(10.0, 30.0).flat()),
    ("gpt-4-0125-preview", per_million(10.0, 30.0).flat()),
    ("gpt-4", per_million(30.0, 60.0).flat()),
    ("gpt-4-0314", per_million(30.0, 60.0).flat()),
    ("gpt-4-0613", per_million(30.0, 60.0).flat()),
    ("gpt-4-32k", per_million(60.0, 120.0).flat()),
    ("gpt-3.5-turbo", per_million(0.5, 1.5).flat()),
    ("gpt-3.5-turbo-0125", per_million(0.5, 1.5).flat()),
    ("gpt-3.5-turbo-1106", per_million(1.0, 2.0).flat()),
    ("o1", per_million(15.0, 60.0).read(7.5).flat()),
    ("o3", per_million(2.0, 8.0).read(0.5).flat()),
    ("o3-mini", per_million(1.1, 4.4).read(0.55).flat()),
    ("o4-mini", per_million(1.1, 4.4).read(0.275).flat()),
    ("text-embedding-3-small", per_million(0.02, 0.0).flat()),
    ("text-embedding-3-large", per_million(0.13, 0.0).flat()),
    ("text-embedding-ada-002", per_million(0.1, 0.0).flat()),
    (
        "claude-opus-5-5",
        per_million(4.0, 20.0).read(0.2).write(5.0).flat(),
    ),
    (
        "claude-sonnet-5-5",
        per_million(2.0, 10.0).read(0.1).write(2.5).flat(),
    ),
    (
        "claude-haiku-5-5",
        per_million(0.1, 0.5)
            .read(0.01)
            .write(0.125)
            .beyond(&[(100_000, per_million(0.5, 2.5).read(0.05).write(0.625))]),
    ),
    (
        "claude-fable-5",
        per_million(10.0, 50.0).read(1.0).write(12.5).flat(),
    ),
    (
        "claude-fable-5-1",
        per_million(10.0, 50.0).read(0.25).write(12.5).flat(),
    ),
    (
        "claude-opus-5",
        per_million(5.0, 25.0).read(0.5).write(6.25).flat(),
    ),
    (
        "claude-sonnet-5",
        per_million(2.0, 10.0).read(0.2).write(2.5).flat(),
    ),
    (
        "claude-opus-4-8",
        per_million(5.0, 25.0).read(0.5).write(6.25).flat(),
    ),
    (
        "claude-opus-4-7",
        per_million(5.0, 25.0).read(0.5).write(6.25).flat(),
    ),
    (
        "claude-opus-4-6",
        per_million(5.0, 25.0).read(0.5).write(6.25).flat(),
    ),
    (
        "claude-opus-4-5",
        per_million(5.0, 25.0).read(0.5).write(6.25).flat(),
    ),
    (
        "claude-sonnet-4-6",
        per_million(3.0, 15.0).read(0.3).write(3.75).flat(),
    ),
    (
        "claude-sonnet-4-5",
        per_million(3.0, 15.0).read(0.3).write(3.75).flat(),
    ),
    (
        "claude-haiku-4-5",
        per_million(1.0, 5.0).read(0.1).write(1.25).flat(),
    ),
    (
        "claude-opus-4-1",
        per_million(15.0, 75.0).read(1.5).write(18.75).flat(),
    ),
    (
        "claude-sonnet-4",
        per_million(3.0, 15.0)
            .read(0.3)
            .write(3.75)
            .beyond(&[(200_000, per_million(6.0, 22.5).read(0.6).write(7.5))]),
    ),
    (
        "claude-opus-4",
        per_million(15.0, 75.0).read(1.5).write(18.75).flat(),
    ),
    (
        "claude-3-7-sonnet",
        per_million(3.0, 15.0).read(0.3).write(3.75).flat(),
    ),
    (
        "claude-3-5-sonnet",
        per_million(3.0, 15.0).read(0.3).write(3.75).flat(),
    ),
    (
        "claude-3-5-haiku",
        per_million(0.8, 4.0).read(0.08).write(1.0).flat(),
    ),
    (
        "claude-3-haiku",
        per_million(0.25, 1.25).read(0.03).write(0.3).flat(),
    ),
    (
        "claude-3-opus",
        per_million(15.0, 75.0).read(1.5).write(18.75).flat(),
    ),
    ("gemini-4-argon", per_million(2.0, 10.0).read(0.1).flat()),
    (
        "gemini-3.8-flash",
        per_million(0.75, 3.75).read(0.075).flat(),
    ),
    (
        "gemini-3.6-flash",
        per_million(0.75, 3.75).read(0.075).flat(),
    ),
    ("gemini-3.5-flash", per_million(1.5, 9.0).read(0.15).flat()),
    (
        "gemini-3.5-flash-lite",
        per_million(0.3, 2.5).read(0.03).flat(),
    ),
    (
        "gemini-3.1-pro-preview",
        per_million(2.0, 12.0)
            .read(0.2)
            .beyond(&[(200_000, per_million(4.0, 18.0).read(0.4))]),
    ),
    (
        "gemini-3-flash-preview",
        per_million(0.5, 3.0).read(0.05).flat(),
    ),
    (
        "gemini-2.5-pro",
        per_million(1.25, 10.0)
            .read(0.125)
            .beyond(&[(200_000, per_million(2.5, 15.0).read(0.25))]),
    ),
    ("gemini-2.5-flash", per_million(0.3, 2.5).read(0.03).flat()),
    (
        "gemini-2.5-flash-lite",
        per_million(0.1, 0.4).read(0.01).flat(),
    ),
    ("gemini-2.0-flash", per_million(0.1, 0.4).read(0.025).flat()),
    ("deepseek-chat", per_million(0.28, 0.42).read(0.028).flat()),
    (
        "deepseek-reasoner",
        per_million(0.28, 0.42).read(0.028).flat(),
    ),
    (
        "deepseek-v4-pro",
        per_million(1.32, 3.96).read(0.044).flat(),
    ),
    (
        "deepseek-v4-flash",
        per_million(0.3, 1.2).read(0.006).flat(),
    ),
    (
        "grok-4.20",
        per_million(1.25, 2.5)
            .read(0.2)
            .beyond(&[(200_000, per_million(2.5, 5.0).read(0.4))]),
    ),
    (
        "grok-code-fast-1",
        per_million(1.0, 2.0)
            .read(0.2)
            .beyond(&[(200_000, per_million(2.0, 4.0).read(0.4))]),
    ),
    (
        "mistral-large-latest",
        per_million(0.5, 1.5).read(0.05).flat(),
    ),
    (
        "mistral-medium-latest",
        per_million(1.5, 7.5).read(0.15).flat(),
    ),
    (
        "mistral-small-latest",
        per_million(0.15, 0.6).read(0.015).flat(),
    ),
    ("codestral-latest", per_million(0.3, 0.9).read(0.03).flat()),
    ("command-a-03-2025", per_million(2.5, 10.0).flat()),
    ("perplexity/sonar", per_million(1.0, 1.0).flat()),
    ("perplexity/sonar-pro", per_million(3.0, 15.0).flat()),
];
