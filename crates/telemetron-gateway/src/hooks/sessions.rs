//! The sessions of Claude Code, as all that come in share them.

use std::sync::{Arc, Mutex, PoisonError};

use telemetron_model::record::Record;
use telemetron_otlp::proto::collector::logs::v1::ExportLogsServiceRequest;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::{Prices, claude_hooks};

/// The sessions. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<claude_hooks::Sessions>>);

impl Sessions {
    /// Does something with them; nobody else does meanwhile.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut claude_hooks::Sessions) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the spans of Claude Code where its hooks stand; others cost no lock.
    pub(crate) fn spans(&self, request: &mut ExportTraceServiceRequest) -> Vec<Record> {
        if !claude_hooks::tells_spans(request) {
            return Vec::new();
        }
        self.with(|sessions| sessions.spans(request))
    }

    /// The same for its log records.
    pub(crate) fn logs(
        &self,
        request: &mut ExportLogsServiceRequest,
        prices: &Prices,
    ) -> Vec<Record> {
        if !claude_hooks::tells_logs(request) {
            return Vec::new();
        }
        self.with(|sessions| sessions.logs(request, prices))
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.with(|sessions| claude_hooks::Sessions::len(sessions))
    }
}
