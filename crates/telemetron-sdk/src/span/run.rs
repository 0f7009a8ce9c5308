//! Work inside a span.

use std::fmt::Display;

use telemetron_model::record::Status;

use super::SpanGuard;
use crate::Failure;

impl SpanGuard {
    /// Runs `work` inside this span and ends it: well on `Ok`, with the failure on `Err`.
    ///
    /// ```
    /// # async fn search(query: &str) -> Result<Vec<String>, std::io::Error> { Ok(Vec::new()) }
    /// # async fn example(trace: telemetron_sdk::TraceGuard) -> Result<(), std::io::Error> {
    /// let found = trace
    ///     .tool("search")
    ///     .run(async |span| {
    ///         span.input("hotels in Rome");
    ///         search("hotels in Rome").await
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What `work` returns.
    ///
    /// # Cancel safety
    /// A future that is dropped before it is ready ends the span as failed, as cancelled.
    pub async fn run<T, E: Display>(
        self,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let running = Running(self);
        let result = running.0.in_scope(work(&running.0)).await;
        running.end_with(&result);
        result
    }

    /// Runs `work` inside this span and ends it: well on `Ok`, with the failure on `Err`.
    ///
    /// # Errors
    /// What `work` returns.
    pub fn run_blocking<T, E: Display>(
        mut self,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let entered = self.enter();
        let result = work(&self);
        drop(entered);
        self.end_with(&result);
        result
    }

    fn end_with<T, E: Display>(&mut self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.end(Status::Completed, None),
            Err(error) => self.end(Status::Failed, Some(error.into())),
        }
    }
}

/// A span whose work may be dropped before it is done.
struct Running(SpanGuard);

impl Running {
    fn end_with<T, E: Display>(mut self, result: &Result<T, E>) {
        self.0.end_with(result);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let cancelled = Failure::new("cancelled", "the work was dropped before it was done");
            // Does nothing when the span has ended.
            self.0.end(Status::Failed, Some(cancelled));
        }
    }
}
