//! The requests inside recorded files: bare, one a line, or wrapped in what recorded them.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A request, with how much a plain count of its JSON finds in it.
pub(crate) enum Document {
    /// Spans.
    Traces { body: Vec<u8>, spans: usize },
    /// Log records.
    Logs { body: Vec<u8>, records: usize },
    /// Metrics.
    Metrics { body: Vec<u8> },
    /// Spans, made to be refused: a list in it is an object.
    NoList { body: Vec<u8> },
}

/// The files below a folder whose names end so.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).unwrap();
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The requests in a file; none in one of another form.
pub(crate) fn documents_of(path: &Path) -> Vec<Document> {
    let Some(text) = text(path) else {
        return Vec::new();
    };
    match serde_json::from_str(&text) {
        Ok(value) => document(value).into_iter().collect(),
        Err(_) => {
            let lines = text
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok());
            lines.filter_map(document).collect()
        }
    }
}

fn text(path: &Path) -> Option<String> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|ending| ending == "gz") {
        let mut text = String::new();
        let mut reader = flate2::read::GzDecoder::new(bytes.as_slice());
        return reader.read_to_string(&mut text).ok().map(|_| text);
    }
    String::from_utf8(bytes).ok()
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
    let body = value.to_string().into_bytes();
    if let Some(resources) = value.get("resourceSpans") {
        let mut resources = resources.as_array().into_iter().flatten();
        if resources.any(|spans| spans["scopeSpans"].is_object()) {
            return Some(Document::NoList { body });
        }
        let spans = count(&value, &["resourceSpans", "scopeSpans", "spans"]);
        return Some(Document::Traces { body, spans });
    }
    if value.get("resourceLogs").is_some() {
        let records = count(&value, &["resourceLogs", "scopeLogs", "logRecords"]);
        return Some(Document::Logs { body, records });
    }
    value.get("resourceMetrics")?;
    Some(Document::Metrics { body })
}

/// How many items stand at the end of a path of lists.
fn count(value: &Value, path: &[&str]) -> usize {
    let Some((field, rest)) = path.split_first() else {
        return 1;
    };
    let items = value.get(field).and_then(Value::as_array);
    items.map_or(0, |items| items.iter().map(|item| count(item, rest)).sum())
}
