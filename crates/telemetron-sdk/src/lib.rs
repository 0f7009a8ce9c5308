#![doc = include_str!("../README.md")]

mod agent;
mod collector;
mod core;
mod emit;
mod event;
mod failure;
mod handoff;
mod propagation;
mod span;
mod task;
mod trace;

pub use crate::core::{
    AgentRef, AttributeValue, Entered, FlushReport, QueueLimits, Scope, current,
};
pub use agent::{AgentDescriptor, RegisteredAgent};
pub use collector::{Collector, CollectorBuilder, StartError};
pub use emit::{MemorySink, Sink};
pub use event::{ErrorBuilder, EventBuilder};
pub use failure::Failure;
pub use handoff::HandoffBuilder;
pub use propagation::{Extractor, Injector, SpanContext, context_of_environment};
pub use span::SpanGuard;
pub use task::{TaskBuilder, TaskHandle};
pub use telemetron_kafka::KafkaConfig;
pub use telemetron_model::RawJson;
pub use telemetron_model::record::{
    ErrorCategory, ErrorInfo, HandoffMode, LlmCall, Priority, Record, Severity, SpanKind, Status,
    TokenUsage, ToolCall, event_type,
};
pub use trace::{TraceBuilder, TraceGuard};
