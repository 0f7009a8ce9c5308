//! Spans: guards that end exactly once, on their own thread's time in about a microsecond.

mod attributes;
mod calls;
mod details;
mod guard;
mod head;
pub(crate) mod record;
mod run;

pub use attributes::AttributeValue;
pub(crate) use details::Details;
pub use guard::SpanGuard;
pub(crate) use head::{FailedChild, Parent, SpanHead, Start};
