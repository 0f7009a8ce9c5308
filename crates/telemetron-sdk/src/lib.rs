//! What an agent links to be traced by Telemetron.
//!
//! ```text
//!  your agent                        background                    elsewhere
//!  ┌───────────────────────────┐     ┌────────────────────────┐
//!  │ trace ─ agent ─ llm, tool │     │ one thread             │     Kafka ─▶ consumer ─▶ Postgres
//!  │   guards end by themselves├────▶│ holds short starts back├────▶  └─────▶ live stream
//!  │   about 1 µs, never waits │full?│ writes JSON, sends     │
//!  └───────────────────────────┘drop,└────────────────────────┘
//!                               count
//! ```
//!
//! ```no_run
//! use std::time::Duration;
//! use telemetron_sdk::{Collector, TokenUsage};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let telemetry = Collector::builder()
//!     .bootstrap_servers("localhost:9092")
//!     .service("travel-agent")
//!     .project("demo")
//!     .start()?;
//!
//! let trace = telemetry.trace("plan a trip").user_input("Rome in May").session("s1").start();
//! let orchestrator = trace.agent("orchestrator");
//!
//! let answer = orchestrator
//!     .llm("gpt-5")
//!     .run(async |call| {
//!         call.input(&["Rome in May"]).provider("openai");
//!         // … call the model …
//!         call.tokens(TokenUsage::new(120, 40)).cost_usd(0.001);
//!         Ok::<_, std::io::Error>("book the Hotel Forum")
//!     })
//!     .await?;
//!
//! trace.handoff("orchestrator", "booker").reason("a hotel was chosen").send();
//! orchestrator.complete();
//! trace.complete(answer);
//! telemetry.shutdown(Duration::from_secs(5)).await;
//! # Ok(()) }
//! ```
//!
//! Invariants: nothing here blocks, panics or fails the agent; a guard ends exactly once; what
//! had to be dropped is counted, and told in heartbeats, in an event and in [`FlushReport`].

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
