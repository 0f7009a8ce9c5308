//! What everything here stands on: where work hangs, and the queue that what is told of it goes into.
//!
//! ```text
//!  Scope ─▶ SpanHead ─▶ TraceHead ─▶ Shared ─┬▶ Queue of Items ─▶ worker (emit)
//!    └ current                              └▶ Registry of agents, whose heartbeats the worker sends
//! ```
//!
//! Invariant: nothing here knows who makes a record of what. Spans, traces, events, handoffs, tasks
//! and agents each add their own methods to [`Scope`] and [`crate::Collector`], in a file of their own.

mod agent_ref;
mod attributes;
mod current;
mod details;
mod head;
pub(crate) mod ids;
mod item;
mod queue;
mod registry;
mod scope;
mod shared;
mod trace_head;
mod vitals;

pub use agent_ref::AgentRef;
pub use attributes::AttributeValue;
pub use current::{Entered, current};
pub(crate) use details::{Call, Details, Inner, Link};
pub(crate) use head::{FailedChild, Parent, SpanHead, Start};
pub(crate) use item::{EndedSpan, Item};
pub use queue::{FlushReport, QueueLimits};
pub(crate) use queue::{Order, Queue, Report};
pub(crate) use registry::Registry;
pub use scope::Scope;
pub(crate) use scope::json;
pub(crate) use shared::Shared;
pub(crate) use trace_head::TraceHead;
