//! The requests inside recorded files: bare, one a line, or wrapped in what recorded them.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use telemetron_otlp::wire::{Encoding, decode_traces};

pub(super) const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

/// A span by its trace and its id.
pub(super) type Identity = (Vec<u8>, Vec<u8>);

/// A request with spans.
pub(super) struct Document {
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    /// How many spans are in it.
    pub(super) spans: usize,
    /// Those whose ids are as long as they must be, and not all zero.
    pub(super) valid: Vec<Identity>,
}

/// All requests in the files below a folder.
pub(super) fn below(folder: &Path) -> Vec<Document> {
    files(folder)
        .iter()
        .flat_map(|path| documents_of(path))
        .collect()
}

fn documents_of(path: &Path) -> Vec<Document> {
    let bytes = std::fs::read(path).unwrap();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("pb") => protobuf(bytes).into_iter().collect(),
        Some("gz") => {
            let mut text = Vec::new();
            let unpacked = flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut text);
            unpacked.map_or_else(|_| Vec::new(), |_| texts(&text))
        }
        _ => texts(&bytes),
    }
}

/// One JSON value, or one a line.
fn texts(bytes: &[u8]) -> Vec<Document> {
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        return document(value).into_iter().collect();
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    let values = lines.filter_map(|line| serde_json::from_slice(line).ok());
    values.filter_map(document).collect()
}

fn document(value: Value) -> Option<Document> {
    for wrapper in ["payload", "data"] {
        if let Some(inner) = value.get(wrapper) {
            return document(inner.clone());
        }
    }
    let value = match value.get("scopeSpans") {
        Some(_) => json!({ "resourceSpans": [value] }),
        None => value,
    };
    let spans = spans(&value)?;
    Some(Document {
        content_type: JSON,
        body: value.to_string().into_bytes(),
        spans: spans.len(),
        valid: spans.iter().filter_map(|span| identity(span)).collect(),
    })
}

fn spans(request: &Value) -> Option<Vec<&Value>> {
    let resources = request["resourceSpans"].as_array()?;
    let scopes = resources
        .iter()
        .flat_map(|resource| list(&resource["scopeSpans"]));
    Some(scopes.flat_map(|scope| list(&scope["spans"])).collect())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn identity(span: &Value) -> Option<Identity> {
    let trace = bytes(span["traceId"].as_str()?, 16)?;
    Some((trace, bytes(span["spanId"].as_str()?, 8)?))
}

fn bytes(hex: &str, length: usize) -> Option<Vec<u8>> {
    let digits = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digits).collect();
    bytes.filter(|bytes| bytes.len() == length && bytes.iter().any(|byte| *byte != 0))
}

fn protobuf(body: Vec<u8>) -> Option<Document> {
    let request = decode_traces(&body, Encoding::Protobuf).ok()?;
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans);
    let valid: Vec<_> = scopes
        .flat_map(|scope| &scope.spans)
        .map(|span| (span.trace_id.clone(), span.span_id.clone()))
        .collect();
    // Metrics and logs read as spans without ids.
    let is_traces = valid
        .iter()
        .all(|(trace, span)| trace.len() == 16 && span.len() == 8);
    (is_traces && !valid.is_empty()).then_some(Document {
        content_type: PROTOBUF,
        body,
        spans: valid.len(),
        valid,
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).unwrap();
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
