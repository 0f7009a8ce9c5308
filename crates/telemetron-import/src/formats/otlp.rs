//! OTLP as JSON: what exporters send and collectors write to files, spans, logs or metrics.

use telemetron_otlp::metrics;
use telemetron_otlp::wire::{self, Encoding};

use crate::{Document, Format, Run};

/// The form of OTLP/JSON.
pub(crate) struct Otlp;

impl Format for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        ["resourceSpans", "resourceLogs", "resourceMetrics"]
            .iter()
            .any(|field| document.has(&[field]))
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let body = document.text().as_bytes();
        let mut run = Run::default();
        if document.has(&["resourceSpans"]) {
            let request = wire::decode_traces(body, Encoding::Json);
            let request = request.map_err(|error| error.to_string())?;
            run.add(Run::of_spans(request));
        }
        if document.has(&["resourceLogs"]) {
            let request = wire::decode_logs(body, Encoding::Json);
            run.add(Run::of_logs(request.map_err(|error| error.to_string())?));
        }
        if document.has(&["resourceMetrics"]) {
            let request = wire::decode_metrics(body, Encoding::Json);
            run.add(Run::of(metrics::map(
                &request.map_err(|error| error.to_string())?,
            )));
        }
        Ok(run)
    }
}
