#![doc = include_str!("../README.md")]

mod agent;
mod collector;
mod current;
mod emit;
mod event;
mod failure;
mod handoff;
mod ids;
mod propagation;
mod scope;
mod span;
mod task;
mod trace;

pub use agent::{AgentDescriptor, AgentRef, RegisteredAgent};
pub use collector::{Collector, CollectorBuilder, StartError};
pub use current::{Entered, current};
pub use emit::{FlushReport, MemorySink, QueueLimits, Sink};
pub use event::{ErrorBuilder, EventBuilder};
pub use failure::Failure;
pub use handoff::HandoffBuilder;
pub use propagation::{Extractor, Injector, SpanContext, context_of_environment};
pub use scope::Scope;
pub use span::{AttributeValue, SpanGuard};
pub use task::{TaskBuilder, TaskHandle};
pub use telemetron_kafka::KafkaConfig;
pub use telemetron_model::RawJson;
pub use telemetron_model::record::{
    ErrorCategory, ErrorInfo, HandoffMode, LlmCall, Priority, Record, Severity, SpanKind, Status,
    TokenUsage, ToolCall, event_type,
};
pub use trace::{TraceBuilder, TraceGuard};
