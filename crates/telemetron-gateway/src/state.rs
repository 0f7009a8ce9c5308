//! What every handler may use.

use std::ops::Deref;
use std::sync::Arc;

use telemetron_runtime::{Health, Metrics};

use crate::intake::Intake;

/// What every handler may use. Cheap to clone.
#[derive(Clone)]
pub(crate) struct State(Arc<Shared>);

/// What is behind it.
pub(crate) struct Shared {
    pub(crate) intake: Intake,
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
}

impl State {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
