//! What all handles of one collector share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetron_model::record::{Record, Resource};

use super::{Item, Order, Queue, Registry};
use crate::SpanContext;

/// How long the worker goes on delivering after the last handle was dropped.
const AFTER_LAST_HANDLE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Arc<Queue>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) project: Option<String>,
    pub(crate) resource: Option<Resource>,
    pub(crate) instance: String,
    pub(crate) passes_failures_on: bool,
    pub(crate) inherited: Option<SpanContext>,
}

impl Shared {
    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }

    pub(crate) fn emit(&self, record: impl Into<Record>) {
        self.queue.push(Item::Record(record.into()));
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    pub(crate) const fn resource(&self) -> Option<&Resource> {
        self.resource.as_ref()
    }

    /// This process: its host or pod, and its id.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    pub(crate) const fn passes_failures_on(&self) -> bool {
        self.passes_failures_on
    }

    pub(crate) fn unregister_all(&self) {
        for agent in self.registry.remove_all("the process shuts down") {
            self.emit(agent);
        }
    }

    /// Ends the worker, once everything is sent or time is up.
    pub(crate) fn stop_within(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        self.queue.order(Order::Stop { deadline });
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop_within(AFTER_LAST_HANDLE);
    }
}
