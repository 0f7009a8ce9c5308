//! An object of JSON whose values stay as they are written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The entries of an object in the order in which they stand, each value as its text.
///
/// A name that stands twice is there twice.
#[derive(Debug, Clone, Default)]
pub struct Entries<'a>(pub Vec<(String, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// Reads an object; none of anything else.
    pub fn read(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Reads an object; anything else has no entries.
    pub fn of(json: &'a str) -> Self {
        Self::read(json).unwrap_or_default()
    }

    /// The JSON of the first value of a name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.get())
    }
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }
        from.deserialize_map(Object).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_written_as_it_was_read() {
        let json = r#"{"b":1.50,"a":[ 2 ],"b":"\u00e9"}"#;
        let entries = Entries::of(json);
        assert_eq!(entries.get("b"), Some("1.50"));
        assert_eq!(entries.get("c"), None);
        assert_eq!(serde_json::to_string(&entries).unwrap(), json);
    }

    #[test]
    fn what_is_no_object_has_no_entries() {
        assert!(Entries::read("[1]").is_none());
        assert!(Entries::of("{").0.is_empty());
    }
}
