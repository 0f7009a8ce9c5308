//! The guard of a running span.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use telemetron_model::RawJson;
use telemetron_model::cost::NanoUsd;
use telemetron_model::cut::cut_payload;
use telemetron_model::record::{Status, TokenUsage};

use crate::core::{AttributeValue, Details, EndedSpan, Item, Link, Scope, SpanHead};
use crate::{Failure, SpanContext};

/// A running span. It ends exactly once: with [`SpanGuard::complete`], with [`SpanGuard::fail`],
/// or when it is dropped.
///
/// A span that is dropped without a verdict has failed: an error has left by `?`, the future was
/// given up, or the thread panics. Its error is that of its first failed child, else its type is
/// `abandoned`, or `panic`.
///
/// Dereferences to its [`Scope`], in which children, events and handoffs are made.
#[must_use = "a span ends when its guard is dropped"]
#[derive(Debug)]
pub struct SpanGuard {
    scope: Scope,
    head: Arc<SpanHead>,
    details: Mutex<Details>,
    ended: bool,
}

impl Deref for SpanGuard {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}

impl SpanGuard {
    /// Announces the span and guards it.
    pub(crate) fn start(head: SpanHead) -> Self {
        let head = Arc::new(head);
        let queue = head.trace.collector.queue();
        queue.push(Item::Started(Arc::clone(&head)));
        Self {
            scope: Scope::of_span(Arc::clone(&head)),
            head,
            details: Mutex::default(),
            ended: false,
        }
    }

    /// What went in. Written as JSON at once.
    pub fn input(&self, value: &(impl Serialize + ?Sized)) -> &Self {
        self.with(|details| details.input = payload(value))
    }

    /// What came out. Written as JSON at once.
    pub fn output(&self, value: &(impl Serialize + ?Sized)) -> &Self {
        self.with(|details| details.output = payload(value))
    }

    /// Tokens spent by this very span.
    pub fn tokens(&self, usage: TokenUsage) -> &Self {
        self.with(|details| details.tokens = Some(usage))
    }

    /// What this very span cost, in dollars. Ignored when it is not finite.
    pub fn cost_usd(&self, dollars: f64) -> &Self {
        self.with(|details| details.cost = NanoUsd::from_usd(dollars))
    }

    /// An attribute; the last value of a name counts.
    pub fn attribute(
        &self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<AttributeValue>,
    ) -> &Self {
        let (name, value) = (name.into(), value.into());
        self.with(|details| details.attributes.set(name, value))
    }

    /// Sends an event that happened during this span.
    pub fn event(&self, name: impl Into<String>, data: &(impl Serialize + ?Sized)) -> &Self {
        self.scope.event(name).data(data).send();
        self
    }

    /// Another span that this one has to do with, as the spans a merge waited for.
    pub fn link(&self, context: &SpanContext) -> &Self {
        let link = Link {
            trace_id: context.trace_id,
            span_id: context.span_id,
        };
        self.with(|details| details.links.push(link))
    }

    /// Ends the span well.
    pub fn complete(mut self) {
        self.end(Status::Completed, None);
    }

    /// Ends the span with a failure, classified by its type and words.
    pub fn fail(mut self, error: impl Into<Failure>) {
        self.end(Status::Failed, Some(error.into()));
    }

    /// The same on a guard that cannot be given up, which then has ended.
    pub(super) fn end(&mut self, status: Status, failure: Option<Failure>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let details = self.details.get_mut();
        let mut details = std::mem::take(details.unwrap_or_else(PoisonError::into_inner));
        details.error = failure.map(|failure| Box::new(failure.into_info()));
        let status = self.settle(status, &mut details);
        self.head.end();
        let queue = self.head.trace.collector.queue();
        queue.push(Item::Ended(Box::new(EndedSpan {
            end: self.head.start.end(),
            head: Arc::clone(&self.head),
            details,
            status,
        })));
    }

    /// The final status: a failed child may fail its parent, and a failure is passed on.
    fn settle(&self, status: Status, details: &mut Details) -> Status {
        if status == Status::Completed {
            let child = self.head.failure_of_child();
            details.error = child.cloned().map(Box::new);
        }
        match &details.error {
            Some(error) => {
                self.head.tell_failure(error);
                Status::Failed
            }
            None => status,
        }
    }

    pub(super) fn with(&self, change: impl FnOnce(&mut Details)) -> &Self {
        change(&mut self.lock());
        self
    }

    fn lock(&self) -> MutexGuard<'_, Details> {
        self.details.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn head(&self) -> &SpanHead {
        &self.head
    }
}

impl Drop for SpanGuard {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let why = if std::thread::panicking() {
            Failure::new("panic", "the thread panicked during this span")
        } else {
            let child = self.head.failed_child.get().cloned();
            child.map_or_else(|| Failure::abandoned("span"), Failure::from)
        };
        self.end(Status::Failed, Some(why));
    }
}

fn payload(value: &(impl Serialize + ?Sized)) -> Option<RawJson> {
    RawJson::of(value).map(cut_payload)
}
