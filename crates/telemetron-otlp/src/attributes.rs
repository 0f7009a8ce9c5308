//! Attributes of a span, scope or resource, looked up by name and by prefix.
//!
//! A span brings some forty attributes and is asked for a hundred names, so they are sorted once:
//! flattened lists (`llm.input_messages.0.message.role`) are then one range. A single name is found
//! by a byte that stands for it. Most names that are asked for are not there, which a few bits tell
//! without any search.

use memchr::memchr_iter;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

/// Attributes, sorted by name. Where a name repeats, its last value counts.
#[derive(Debug, Clone, Default)]
pub struct Attributes<'a> {
    sorted: Vec<(&'a str, &'a Value)>,
    /// The tag of each name, in the same order.
    tags: Vec<u8>,
    /// A bit for the mark of each name.
    marks: [u64; 4],
    /// A bit for the first two bytes of each name.
    beginnings: u64,
}

impl<'a> Attributes<'a> {
    /// Sorts the attributes; those without a value are left out.
    pub fn new(attributes: &'a [KeyValue]) -> Self {
        let sorted = sorted(attributes);
        let mut tags = Vec::with_capacity(sorted.len());
        let mut marks = [0; 4];
        let mut beginnings = 0;
        for (name, _) in &sorted {
            let Mark { tag, word, bit } = Mark::of(name);
            tags.push(tag);
            marks[word] |= bit;
            beginnings |= beginning(name);
        }
        Self {
            sorted,
            tags,
            marks,
            beginnings,
        }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        let Mark { tag, word, bit } = Mark::of(name);
        if self.marks[word] & bit == 0 {
            return None;
        }
        let tagged = memchr_iter(tag, &self.tags).filter_map(|at| self.sorted.get(at));
        let mut found = tagged.filter(|(found, _)| *found == name);
        found.next().map(|(_, value)| *value)
    }

    /// Whether there is such a name.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        text(self.get(name)?)
    }

    /// The first of several names that has a text that is not empty.
    pub fn first_text(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A whole number, also one written as text or as a float.
    pub fn integer(&self, name: &str) -> Option<i64> {
        integer(self.get(name)?)
    }

    /// The first of several names that has a whole number.
    pub fn first_integer(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| self.integer(name))
    }

    /// A number, also one written as text.
    pub fn number(&self, name: &str) -> Option<f64> {
        number(self.get(name)?)
    }

    /// A truth value, also one written as text.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::BoolValue(value) => Some(*value),
            Value::StringValue(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// All attributes whose names begin so, in order of name, the prefix cut off.
    pub fn below(&self, prefix: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'_, 'a> {
        let rest = self.from(prefix);
        let end = rest.partition_point(|(name, _)| name.starts_with(prefix));
        let length = prefix.len();
        rest[..end]
            .iter()
            .map(move |(name, value)| (&name[length..], *value))
    }

    /// Whether any name begins so.
    pub fn any_below(&self, prefix: &str) -> bool {
        let first = self.from(prefix).first();
        first.is_some_and(|(name, _)| name.starts_with(prefix))
    }

    /// All attributes from a prefix on; none where no name can begin so.
    fn from(&self, prefix: &str) -> &[(&'a str, &'a Value)] {
        if prefix.len() >= 2 && self.beginnings & beginning(prefix) == 0 {
            return &[];
        }
        let from = self.sorted.partition_point(|(found, _)| *found < prefix);
        &self.sorted[from..]
    }

    /// All attributes, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'_, 'a> {
        self.sorted.iter().copied()
    }
}

/// The attributes that have a value, by name; of a name that repeats, the last.
fn sorted(attributes: &[KeyValue]) -> Vec<(&str, &Value)> {
    let valued = attributes.iter().rev().filter_map(|attribute| {
        let value = attribute.value.as_ref()?.value.as_ref()?;
        Some((head(&attribute.key), attribute.key.as_str(), value))
    });
    let mut keyed: Vec<_> = valued.collect();
    keyed.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    keyed.dedup_by_key(|(_, name, _)| *name);
    keyed
        .into_iter()
        .map(|(_, name, value)| (name, value))
        .collect()
}

/// The first bytes of a name as a number that sorts as they do: most names differ there.
fn head(name: &str) -> u128 {
    let bytes = name.as_bytes();
    bytes.first_chunk().map_or_else(
        || {
            let mut padded = [0; 16];
            padded[..bytes.len()].copy_from_slice(bytes);
            u128::from_be_bytes(padded)
        },
        |head| u128::from_be_bytes(*head),
    )
}

/// What a name is recognised by: from its length, its middle and its end, since most begin alike.
struct Mark {
    tag: u8,
    /// Its bit, and the word that the bit stands in.
    word: usize,
    bit: u64,
}

impl Mark {
    fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let end = bytes.last_chunk().map_or_else(
            || {
                bytes
                    .iter()
                    .fold(0, |all, byte| all << 8 | u64::from(*byte))
            },
            |end| u64::from_le_bytes(*end),
        );
        let half = bytes.split_at(bytes.len() / 2).0;
        let middle = half
            .last_chunk()
            .map_or(0, |middle| u64::from_le_bytes(*middle));
        let length = bytes.len() as u64;
        let mixed = (end ^ middle.rotate_left(23) ^ length).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let [.., tag, high] = mixed.to_le_bytes();
        Self {
            tag,
            word: usize::from(high >> 6),
            bit: 1 << (high & 63),
        }
    }
}

/// The bit of the first two bytes.
fn beginning(name: &str) -> u64 {
    match name.as_bytes() {
        [first, second, ..] => 1 << ((usize::from(*first) * 5 + usize::from(*second)) % 64),
        _ => 0,
    }
}

/// A text that is not empty; of a list, its first text.
pub fn text(value: &Value) -> Option<&str> {
    match value {
        Value::StringValue(text) => (!text.is_empty()).then_some(text.as_str()),
        Value::ArrayValue(list) => list
            .values
            .iter()
            .find_map(|AnyValue { value }| text(value.as_ref()?)),
        _ => None,
    }
}

/// The text of a body or of another value that may be empty; of no list.
pub(crate) fn text_of(value: Option<&AnyValue>) -> Option<&str> {
    match value?.value.as_ref()? {
        Value::StringValue(text) => (!text.is_empty()).then_some(text),
        _ => None,
    }
}

/// A whole number, also one written as text or as a float.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::IntValue(value) => Some(*value),
        Value::StringValue(text) => text.trim().parse().ok(),
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range")]
        Value::DoubleValue(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
            Some(*value as i64)
        }
        _ => None,
    }
}

/// A number, also one written as text; never one that is not finite.
pub fn number(value: &Value) -> Option<f64> {
    let number = match value {
        #[expect(clippy::cast_precision_loss, reason = "attributes are far below 2^53")]
        Value::IntValue(value) => *value as f64,
        Value::DoubleValue(value) => *value,
        Value::StringValue(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(key: &str, value: Value) -> KeyValue {
        KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        }
    }

    fn words(key: &str, value: &str) -> KeyValue {
        attribute(key, Value::StringValue(value.to_owned()))
    }

    #[test]
    fn the_last_value_of_a_repeated_name_counts() {
        let pairs = [words("a", "first"), words("b", "x"), words("a", "last")];
        assert_eq!(Attributes::new(&pairs).text("a"), Some("last"));
    }

    #[test]
    fn a_prefix_finds_its_range_and_nothing_beside_it() {
        let pairs = [
            words("m.1.role", "user"),
            words("m.0.role", "system"),
            words("mm", "x"),
            words("l", "y"),
        ];
        let found: Vec<_> = Attributes::new(&pairs)
            .below("m.")
            .map(|(name, _)| name)
            .collect();
        assert_eq!(found, ["0.role", "1.role"]);
    }

    #[test]
    fn every_name_is_found_and_no_other() {
        let names: Vec<String> = (0..300)
            .map(|number| format!("gen_ai.{}{number}", "x".repeat(number % 23)))
            .chain(["a".to_owned(), String::new(), "é".to_owned()])
            .collect();
        let pairs: Vec<_> = names.iter().map(|name| words(name, "v")).collect();
        let attributes = Attributes::new(&pairs);
        for name in &names {
            assert!(attributes.has(name), "{name}");
            assert!(attributes.any_below(name), "{name}");
            assert!(!attributes.has(&format!("{name}.")), "{name}");
        }
        assert!(!attributes.any_below("gen_ai.y") && !attributes.any_below("llm."));
    }

    #[test]
    fn numbers_are_read_as_they_were_meant() {
        let pairs = [
            words("quoted", " 12 "),
            attribute("float", Value::DoubleValue(3.0)),
            attribute("half", Value::DoubleValue(3.5)),
            attribute("nan", Value::DoubleValue(f64::NAN)),
            words("yes", "True"),
        ];
        let attributes = Attributes::new(&pairs);
        assert_eq!(attributes.integer("quoted"), Some(12));
        assert_eq!(attributes.integer("float"), Some(3));
        assert_eq!(attributes.integer("half"), None);
        assert_eq!(attributes.number("nan"), None);
        assert_eq!(attributes.boolean("yes"), Some(true));
    }
}
