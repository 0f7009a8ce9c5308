//! The steps of a start, and how long each took.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::output::{self, paint};

/// One step that is done.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    /// What was done.
    pub(crate) name: &'static str,
    /// How long it took.
    pub(crate) millis: u64,
}

/// The steps so far. Steps may run side by side.
#[derive(Debug)]
pub(crate) struct Steps {
    began: Instant,
    quiet: bool,
    done: Mutex<Vec<Step>>,
}

impl Steps {
    /// Begins; unless `quiet`, every step is told when it is done.
    pub(crate) fn begin(quiet: bool) -> Self {
        Self {
            began: Instant::now(),
            quiet,
            done: Mutex::default(),
        }
    }

    /// Does a step.
    pub(crate) async fn step<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let began = Instant::now();
        let result = work.await?;
        self.tell(name, began.elapsed())?;
        Ok(result)
    }

    /// Time since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The steps that are done.
    pub(crate) fn done(&self) -> Vec<Step> {
        self.done
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn tell(&self, name: &'static str, took: Duration) -> anyhow::Result<()> {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.done
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Step { name, millis });
        if !self.quiet {
            let mark = paint::painted(paint::GOOD, "✓");
            let took = output::duration_text(took.as_secs_f64() * 1e3);
            let took = paint::painted(paint::QUIET, took);
            output::line(format_args!("  {mark} {name:<28} {took}"))?;
        }
        Ok(())
    }
}
