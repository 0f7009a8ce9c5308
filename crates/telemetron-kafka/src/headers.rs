//! Headers of a message, packed into one buffer: a message costs one allocation for all of them.

use std::fmt;

use rdkafka::message::{Header, OwnedHeaders};

/// Names and values, in order; a name may stand more than once, a value may be null.
///
/// Each header is `name length, name, value length + 1, value`; a length of zero is a null value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    packed: Vec<u8>,
    count: usize,
}

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self {
            packed: Vec::new(),
            count: 0,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.push(name, Some(value.as_ref()));
        self
    }

    /// Adds a header.
    pub fn push(&mut self, name: &str, value: Option<&[u8]>) {
        self.packed
            .reserve(8 + name.len() + value.map_or(0, <[u8]>::len));
        self.push_length(name.len());
        self.packed.extend_from_slice(name.as_bytes());
        self.push_length(value.map_or(0, |value| value.len() + 1));
        self.packed.extend_from_slice(value.unwrap_or_default());
        self.count += 1;
    }

    fn push_length(&mut self, length: usize) {
        // Kafka's own messages are bounded by 2 GiB, so the length always fits.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.packed.extend_from_slice(&length.to_le_bytes());
    }

    /// The value of the last header with this name, which is the one that counts.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let same_name = self.iter().filter(|(known, _)| *known == name);
        same_name.last().and_then(|(_, value)| value)
    }

    /// The value of the last header with this name, when it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// All headers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        let mut rest = self.packed.as_slice();
        std::iter::from_fn(move || {
            let name = take(&mut rest, 0)?;
            let value = take_value(&mut rest)?;
            Some((std::str::from_utf8(name).unwrap_or_default(), value))
        })
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// About how many bytes they take.
    pub const fn size(&self) -> usize {
        self.packed.len()
    }

    /// Their bytes, as they are packed.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.packed
    }

    /// The same without those of a name.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut rest = Self::new();
        for (known, value) in self.iter().filter(|(known, _)| *known != name) {
            rest.push(known, value);
        }
        rest
    }

    pub(crate) fn to_kafka(&self) -> OwnedHeaders {
        let headers = OwnedHeaders::new_with_capacity(self.count);
        self.iter().fold(headers, |headers, (key, value)| {
            headers.insert(Header { key, value })
        })
    }
}

/// Takes a length and as many bytes, less `off`.
fn take<'a>(rest: &mut &'a [u8], off: usize) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (bytes, after) = after.split_at_checked(length.checked_sub(off)?)?;
    *rest = after;
    Some(bytes)
}

fn take_value<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    if let Some(after) = rest.strip_prefix(&[0, 0, 0, 0]) {
        *rest = after;
        return Some(None);
    }
    take(rest, 1).map(Some)
}

impl fmt::Debug for Headers {
    /// Names alone: values may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_come_back_in_order_null_and_empty_told_apart() {
        let mut headers = Headers::new().with("schema", "telemetron.span.v1");
        headers.push("nothing", None);
        headers.push("empty", Some(b""));
        headers.push("", Some(&[0, 0, 0, 0]));
        let all: Vec<_> = headers.iter().collect();
        assert_eq!(
            all,
            [
                ("schema", Some(b"telemetron.span.v1".as_slice())),
                ("nothing", None),
                ("empty", Some(b"".as_slice())),
                ("", Some([0_u8, 0, 0, 0].as_slice())),
            ]
        );
        assert_eq!(headers.len(), 4);
    }

    #[test]
    fn the_last_of_two_headers_with_one_name_counts() {
        let headers = Headers::new().with("a", "1").with("b", "2").with("a", "3");
        assert_eq!(headers.text("a"), Some("3"));
        assert_eq!(headers.text("c"), None);
    }
}
