//! What carries a context: anything with names and values.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use telemetron_kafka::Headers;

/// Takes a context along.
pub trait Injector {
    /// Sets a header, replacing one of the same name.
    fn set(&mut self, name: &'static str, value: String);
}

/// Brings a context.
pub trait Extractor {
    /// The value of a header, its name compared as the carrier does it.
    fn get(&self, name: &str) -> Option<String>;
}

impl<S: BuildHasher> Injector for HashMap<String, String, S> {
    fn set(&mut self, name: &'static str, value: String) {
        self.insert(name.to_owned(), value);
    }
}

impl<S: BuildHasher> Extractor for HashMap<String, String, S> {
    fn get(&self, name: &str) -> Option<String> {
        find(self.iter(), name)
    }
}

impl Injector for BTreeMap<String, String> {
    fn set(&mut self, name: &'static str, value: String) {
        self.insert(name.to_owned(), value);
    }
}

impl Extractor for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        find(self.iter(), name)
    }
}

impl Injector for Vec<(String, String)> {
    fn set(&mut self, name: &'static str, value: String) {
        self.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.push((name.to_owned(), value));
    }
}

impl Extractor for [(String, String)] {
    fn get(&self, name: &str) -> Option<String> {
        find(self.iter().map(|(name, value)| (name, value)), name)
    }
}

impl Extractor for Vec<(String, String)> {
    fn get(&self, name: &str) -> Option<String> {
        Extractor::get(self.as_slice(), name)
    }
}

impl Injector for Headers {
    fn set(&mut self, name: &'static str, value: String) {
        self.push(name, Some(value.as_bytes()));
    }
}

impl Extractor for Headers {
    fn get(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }
}

#[cfg(feature = "http")]
impl Injector for http::HeaderMap {
    fn set(&mut self, name: &'static str, value: String) {
        // What we write is ASCII; a foreign tracestate was checked when it was read.
        if let Ok(value) = value.parse() {
            self.insert(name, value);
        }
    }
}

#[cfg(feature = "http")]
impl Extractor for http::HeaderMap {
    /// Several lines of one header are one list, except for `traceparent`, which then is invalid.
    fn get(&self, name: &str) -> Option<String> {
        let lines: Option<Vec<&str>> = self
            .get_all(name)
            .iter()
            .map(|value| value.to_str().ok())
            .collect();
        lines
            .filter(|lines| !lines.is_empty())
            .map(|lines| lines.join(","))
    }
}

fn find<'a>(
    mut headers: impl Iterator<Item = (&'a String, &'a String)>,
    name: &str,
) -> Option<String> {
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone())
}
