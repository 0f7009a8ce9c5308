//! The forms that are read, one file each. The first that recognises a document reads it.

mod ag2;
pub(super) mod agent_messages;
pub(super) mod agents_sdk;
mod atif;
pub(super) mod chat;
mod flat_otlp;
mod hyperagent;
mod inspect;
mod jaeger;
mod langfuse;
mod langsmith;
mod ma_tot;
mod metagpt;
pub(super) mod openhands;
mod otel_sdk;
mod otlp;
mod peer_review;
mod swe_agent;
mod text;
mod who_and_when;
mod zipkin;

use super::Format;

/// Every form, the more particular ones first.
pub(crate) const ALL: &[&dyn Format] = &[
    &otlp::Otlp,
    &flat_otlp::FlatOtlp,
    &atif::Atif,
    &inspect::Inspect,
    &openhands::OpenHands,
    &agent_messages::Cassette,
    &swe_agent::SweAgent,
    &jaeger::Jaeger,
    &agents_sdk::AgentsSdk,
    &langfuse::Langfuse,
    &langsmith::LangSmith,
    &otel_sdk::OtelSdk,
    &zipkin::Zipkin,
    &who_and_when::WhoAndWhen,
    &hyperagent::HyperAgent,
    &ma_tot::MaTot,
    &peer_review::PeerReview,
    &ag2::Ag2,
    &metagpt::MetaGpt,
    &chat::Chat,
];
