//! What is known of a span when it starts, shared by its guard, its children and the worker.

use std::borrow::Cow;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use telemetron_model::record::{ErrorInfo, SpanKind};
use telemetron_model::{SpanId, Timestamp};

use super::{AgentRef, TraceHead, ids};

/// A span as it started.
#[derive(Debug)]
pub(crate) struct SpanHead {
    pub(crate) trace: Arc<TraceHead>,
    pub(crate) span_id: SpanId,
    pub(crate) parent: Parent,
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: SpanKind,
    pub(crate) agent: Option<AgentRef>,
    pub(crate) start: Start,
    pub(crate) failed_child: FailedChild,
    ended: AtomicBool,
}

/// Where a span hangs.
#[derive(Debug)]
pub(crate) enum Parent {
    /// At the top of its trace.
    None,
    /// Under a span of this process.
    Local(Arc<SpanHead>),
    /// Under a span of another process.
    Remote(SpanId),
}

/// When something started, by both clocks: durations must not depend on a clock that is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub(crate) time: Timestamp,
    pub(crate) clock: Instant,
}

/// The first failure among the children.
#[derive(Debug, Default)]
pub(crate) struct FailedChild(OnceLock<Box<ErrorInfo>>);

impl Start {
    pub(crate) fn now() -> Self {
        Self {
            time: Timestamp::now(),
            clock: Instant::now(),
        }
    }

    /// The present, by the clock that is not set.
    pub(crate) fn end(&self) -> Timestamp {
        let nanos = self.clock.elapsed().as_nanos();
        self.time
            .plus_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}

impl FailedChild {
    pub(crate) fn note(&self, error: &ErrorInfo) {
        self.0.get_or_init(|| Box::new(error.clone()));
    }

    pub(crate) fn get(&self) -> Option<&ErrorInfo> {
        self.0.get().map(AsRef::as_ref)
    }
}

impl SpanHead {
    pub(crate) fn new(
        trace: Arc<TraceHead>,
        parent: Parent,
        name: Cow<'static, str>,
        kind: SpanKind,
        agent: Option<AgentRef>,
    ) -> Self {
        Self {
            trace,
            span_id: ids::span_id(),
            parent,
            name,
            kind,
            agent,
            start: Start::now(),
            failed_child: FailedChild::default(),
            ended: AtomicBool::new(false),
        }
    }

    pub(crate) fn parent_id(&self) -> Option<SpanId> {
        match &self.parent {
            Parent::None => None,
            Parent::Local(parent) => Some(parent.span_id),
            Parent::Remote(span_id) => Some(*span_id),
        }
    }

    pub(crate) const fn clock(&self) -> Instant {
        self.start.clock
    }

    pub(crate) fn end(&self) {
        self.ended.store(true, Release);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Acquire)
    }

    /// The failure of a child that is this span's own: when failures are to be passed on.
    pub(crate) fn failure_of_child(&self) -> Option<&ErrorInfo> {
        let failed = self.failed_child.get();
        failed.filter(|_| self.trace.collector.passes_failures_on())
    }

    /// Tells the parent, or the trace, that this span failed.
    pub(crate) fn tell_failure(&self, error: &ErrorInfo) {
        match &self.parent {
            Parent::Local(parent) => parent.failed_child.note(error),
            Parent::None | Parent::Remote(_) => self.trace.failed_child.note(error),
        }
    }
}
