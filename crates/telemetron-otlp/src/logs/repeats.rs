//! Ids of log records: the hash of what they say, and which of its equals in the request they are.
//!
//! A program may write one line twice within the resolution of its clock: both happened. An exporter
//! may send a request again: nothing happened. Counting equal records within a request tells the two
//! apart, whatever the order in it. Where an exporter cuts its records anew before it sends them
//! again, equal records that came together may come apart: then each is the first of its request, and
//! what is stored never exceeds what was written. Equal records that were never together count once.

use std::collections::HashMap;

use xxhash_rust::xxh3::Xxh3;

/// How often each record was met in a request.
#[derive(Default)]
pub(super) struct Repeats(HashMap<u128, u64>);

impl Repeats {
    /// The id of the next record with this hash.
    pub(super) fn id(&mut self, hash: u128) -> String {
        let met = self.0.entry(hash).or_default();
        let before = *met;
        *met += 1;
        let own = if before == 0 {
            hash
        } else {
            numbered(hash, before)
        };
        format!("{own:032x}")
    }
}

/// The hash of a record that has so many equals before it.
fn numbered(hash: u128, before: u64) -> u128 {
    let mut hasher = Xxh3::new();
    hasher.update(&hash.to_le_bytes());
    hasher.update(&before.to_le_bytes());
    hasher.digest128()
}
