//! The documents of a file: one JSON value, one a line, or an array of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::StreamDeserializer;
use serde_json::de::SliceRead;
use serde_json::value::RawValue;

use super::formats::chat::is_chat;
use super::formats::openhands::is_events;

/// One recorded run, as far as anybody has looked: the fields of its outermost object.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    text: &'a str,
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Document<'a> {
    /// Looks at one JSON value.
    pub(crate) fn of(value: &'a RawValue) -> Self {
        Self {
            text: value.get(),
            // What is no object has no fields.
            fields: serde_json::from_str(value.get()).unwrap_or_default(),
        }
    }

    /// All of it.
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// Whether it has all of these fields.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.fields.contains_key(*name))
    }

    /// A field as JSON text; empty when it is not there.
    pub(crate) fn field(&self, name: &str) -> &'a str {
        self.fields.get(name).map_or("", |value| value.get())
    }

    /// Reads it as a whole.
    pub(crate) fn parse<T: Deserialize<'a>>(&self) -> Result<T, String> {
        serde_json::from_str(self.text).map_err(|error| error.to_string())
    }

    /// What it looks like, for who has to find out why it is not recognised.
    pub(crate) fn describe(&self) -> String {
        const SHOWN: usize = 6;
        if self.fields.is_empty() {
            return "JSON that is no object with fields".to_owned();
        }
        let names: Vec<_> = self.fields.keys().take(SHOWN).map(String::as_str).collect();
        let more = if self.fields.len() > SHOWN {
            ", …"
        } else {
            ""
        };
        format!("JSON with the fields {}{more}", names.join(", "))
    }
}

/// The values of a file, one after the other.
pub(crate) struct Documents<'a> {
    bytes: &'a [u8],
    values: StreamDeserializer<'a, SliceRead<'a>, &'a RawValue>,
    /// Where `values` began in `bytes`.
    begun_at: usize,
    /// The elements of an array that stands for its elements.
    elements: std::vec::IntoIter<&'a RawValue>,
    any: bool,
}

impl<'a> Documents<'a> {
    /// Begins at the start of a file.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            values: values_of(bytes),
            begun_at: 0,
            elements: Vec::new().into_iter(),
            any: false,
        }
    }

    /// Goes on in the line after the one that is broken. A file that begins broken is no JSON.
    fn recover(&mut self) -> Option<()> {
        let broken_at = self.begun_at + self.values.byte_offset();
        let rest = self.bytes.get(broken_at..).filter(|_| self.any)?;
        let line_end = rest.iter().position(|byte| *byte == b'\n')?;
        self.begun_at = broken_at + line_end + 1;
        self.values = values_of(self.bytes.get(self.begun_at..).unwrap_or_default());
        Some(())
    }

    fn end(&mut self) {
        self.begun_at = self.bytes.len();
        self.values = values_of(&[]);
    }
}

fn values_of(bytes: &[u8]) -> StreamDeserializer<'_, SliceRead<'_>, &RawValue> {
    serde_json::Deserializer::from_slice(bytes).into_iter()
}

impl<'a> Iterator for Documents<'a> {
    type Item = Result<&'a RawValue, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(element) = self.elements.next() {
                return Some(Ok(element));
            }
            match self.values.next()? {
                Ok(value) if value.get().starts_with('[') && !is_one(value.get()) => {
                    self.any = true;
                    let elements: Vec<_> = serde_json::from_str(value.get()).unwrap_or_default();
                    self.elements = elements.into_iter();
                }
                Ok(value) => {
                    self.any = true;
                    return Some(Ok(value));
                }
                Err(error) => {
                    if self.recover().is_none() {
                        self.end();
                    }
                    return Some(Err(format!("not JSON: {error}")));
                }
            }
        }
    }
}

/// Whether an array is one run rather than a list of them.
fn is_one(text: &str) -> bool {
    is_chat(text) || is_events(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<Result<&str, &'static str>> {
        let all = Documents::of(bytes).map(|value| value.map(RawValue::get).map_err(|_| "broken"));
        all.collect()
    }

    #[test]
    fn one_value_or_one_a_line_or_an_array_of_them() {
        assert_eq!(texts(b"{\n \"a\": 1\n}\n"), [Ok("{\n \"a\": 1\n}")]);
        assert_eq!(texts(b"{}\n{\"b\":2}\n\n"), [Ok("{}"), Ok("{\"b\":2}")]);
        assert_eq!(texts(b"[{}, {\"b\":2}]"), [Ok("{}"), Ok("{\"b\":2}")]);
        assert_eq!(texts(b""), []);
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let lines = b"{\"a\":1}\n{\"a\":\n{\"a\":3}\n";
        assert_eq!(texts(lines).first(), Some(&Ok("{\"a\":1}")));
        assert_eq!(texts(lines).last(), Some(&Ok("{\"a\":3}")));
        assert!(texts(lines).contains(&Err("broken")));
    }

    #[test]
    fn a_file_that_begins_broken_is_refused_once() {
        assert_eq!(texts(b"# A title\n\ntext\n{}\n"), [Err("broken")]);
    }
}
