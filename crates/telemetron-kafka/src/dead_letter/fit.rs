//! Letters that are too large for their topic: their largest parts are cut, with marks that say how
//! large each was and what its hash is.

use std::fmt;

use telemetron_model::decode::content_hash;

use super::DeadLetter;
use crate::Headers;

/// Most bytes of a letter, its reason and origin apart: what the topic takes, less room for those.
pub const MAX_BYTES: usize = 12 * 1024 * 1024 - 64 * 1024;

/// What is tried, one after the other, where the topic takes less than we ask of it. The first is what
/// Kafka takes by itself.
pub const SMALLER_BYTES: [usize; 2] = [960 * 1024, 16 * 1024];

/// A part that was cut, as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Its size in bytes.
    pub bytes: usize,
    /// The hash of its bytes (XXH3, 64 bits).
    pub hash: i64,
}

/// What was cut from a letter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut {
    /// The original value.
    pub value: Option<Whole>,
    /// The original key.
    pub key: Option<Whole>,
    /// The original headers; those that are left are whole.
    pub headers: Option<Whole>,
}

impl Cut {
    /// Whether anything was.
    pub const fn any(&self) -> bool {
        self.value.is_some() || self.key.is_some() || self.headers.is_some()
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("value", self.value),
            ("key", self.key),
            ("headers", self.headers),
        ];
        let mut before = "";
        for (name, whole) in parts {
            if let Some(Whole { bytes, hash }) = whole {
                let hash = hash.cast_unsigned();
                write!(f, "{before}the {name} of {bytes} bytes (xxh3 {hash:016x})")?;
                before = ", ";
            }
        }
        Ok(())
    }
}

impl Whole {
    fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len(),
            hash: content_hash(bytes),
        }
    }

    /// As a header says it.
    pub(super) fn to_header(self) -> String {
        format!("{} {:016x}", self.bytes, self.hash.cast_unsigned())
    }

    /// Reads what [`Self::to_header`] wrote.
    pub(super) fn from_header(text: &str) -> Option<Self> {
        let (bytes, hash) = text.split_once(' ')?;
        Some(Self {
            bytes: bytes.parse().ok()?,
            hash: u64::from_str_radix(hash, 16).ok()?.cast_signed(),
        })
    }
}

impl DeadLetter {
    /// The letter with as much of the record as fits into so many bytes; the largest part is cut first.
    #[must_use]
    pub fn within(mut self, most: usize) -> Self {
        // Each part is cut once at most: what is left over after all three is nothing.
        for _part in 0..3 {
            let sizes = self.sizes();
            let excess = sizes.iter().sum::<usize>().saturating_sub(most);
            if excess == 0 {
                break;
            }
            let [value, key, headers] = sizes;
            if value >= key && value >= headers {
                cut(
                    &mut self.payload,
                    value.saturating_sub(excess),
                    &mut self.cut.value,
                );
            } else if key >= headers {
                cut(&mut self.key, key.saturating_sub(excess), &mut self.cut.key);
            } else {
                self.cut_headers(headers.saturating_sub(excess));
            }
        }
        self
    }

    /// Bytes of value, key and headers.
    fn sizes(&self) -> [usize; 3] {
        let length = |part: &Option<Vec<u8>>| part.as_ref().map_or(0, Vec::len);
        [
            length(&self.payload),
            length(&self.key),
            self.headers.size(),
        ]
    }

    fn cut_headers(&mut self, keep: usize) {
        let mut kept = Headers::new();
        for (name, value) in self.headers.iter() {
            let bytes = 8 + name.len() + value.map_or(0, <[u8]>::len);
            if kept.size() + bytes <= keep {
                kept.push(name, value);
            }
        }
        let whole = Whole::of(self.headers.as_bytes());
        self.cut.headers.get_or_insert(whole);
        self.headers = kept;
    }
}

fn cut(part: &mut Option<Vec<u8>>, keep: usize, mark: &mut Option<Whole>) {
    if let Some(bytes) = part {
        mark.get_or_insert_with(|| Whole::of(bytes));
        bytes.truncate(keep);
        bytes.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use telemetron_model::Timestamp;

    use super::super::{Origin, codec};
    use super::*;

    fn letter(value: usize, key: usize, headers: usize) -> DeadLetter {
        DeadLetter {
            origin: Origin {
                cluster: "c1".into(),
                topic: "agent-telemetry-spans".into(),
                partition: 2,
                offset: 17,
            },
            broker_time: Timestamp::from_millis(1_700_000_000_123),
            code: "malformed".into(),
            reason: "no JSON".into(),
            time: Timestamp::from_nanos(5),
            key: Some(vec![0xff; key]),
            headers: Headers::new()
                .with("schema", "telemetron.span.v1")
                .with("large", vec![b'h'; headers]),
            payload: Some(vec![b'v'; value]),
            cut: Cut::default(),
        }
    }

    fn size(letter: &DeadLetter) -> usize {
        letter.sizes().iter().sum()
    }

    #[test]
    fn whatever_is_large_the_letter_fits_and_says_what_it_was() {
        for (value, key, headers) in [
            (9_000, 10, 10),
            (10, 9_000, 10),
            (10, 10, 9_000),
            (9_000, 9_000, 9_000),
            (900, 900, 900),
        ] {
            let whole = letter(value, key, headers);
            let most = 1_000;
            let cut = whole.clone().within(most);
            assert!(
                size(&cut) <= most,
                "{value} {key} {headers}: {}",
                size(&cut)
            );
            let marks = cut.cut;
            assert!(marks.any());
            for (mark, bytes) in [(marks.value, value), (marks.key, key)] {
                assert!(mark.is_none_or(|whole| whole.bytes == bytes));
            }
            let (_, encoded) = codec::encode(&cut);
            assert_eq!(codec::decode(&encoded, cut.payload.clone()).unwrap(), cut);
        }
    }

    #[test]
    fn what_fits_is_left_whole_and_a_second_cut_keeps_the_first_mark() {
        let whole = letter(100, 10, 10);
        assert_eq!(whole.clone().within(10_000), whole);
        let twice = letter(9_000, 10, 10).within(5_000).within(1_000);
        let once = letter(9_000, 10, 10).within(1_000);
        assert_eq!(twice, once);
        let said = once.cut.to_string();
        assert!(said.starts_with("the value of 9000 bytes (xxh3 "), "{said}");
    }
}
