//! Bounds that every record must keep, the same on every way in: ids that can be indexed, counts
//! and amounts that can be added up, instants that can be taken from each other.

mod fit;

use xxhash_rust::xxh3::xxh3_64;

use crate::cost::NanoUsd;
use crate::record::TokenUsage;
use crate::time::Timestamp;

pub use fit::fit;

/// Longest id or name of text, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// Most tokens that one call can have spent.
pub const MAX_TOKENS: i64 = 1_000_000_000_000;

/// Most that one call can have cost: a million dollars.
pub const MAX_COST: NanoUsd = NanoUsd::from_nanos(1_000_000_000_000_000);

/// Earliest instant: the epoch. The difference of any two later ones is a number of nanoseconds
/// that an `i64` holds, in Rust and in SQL.
pub const EARLIEST: Timestamp = Timestamp::from_nanos(0);

/// How far a clock may run ahead of the broker's before the end of a span is not believed, in
/// nanoseconds: a minute.
pub const MAX_AHEAD_NS: i64 = 60_000_000_000;

/// An id that is not too long: beyond [`MAX_ID_BYTES`] its head and the hash of the whole, so that
/// long ids that begin alike stay apart.
pub fn short_id(id: String) -> String {
    if id.len() <= MAX_ID_BYTES {
        return id;
    }
    let head = &id[..id.floor_char_boundary(MAX_ID_BYTES - 17)];
    format!("{head}-{:016x}", xxh3_64(id.as_bytes()))
}

/// Whether every count lies between zero and [`MAX_TOKENS`].
pub fn are_countable(usage: TokenUsage) -> bool {
    let counts = [
        usage.input,
        usage.output,
        usage.total,
        usage.cached,
        usage.reasoning,
    ];
    counts.iter().all(|count| (0..=MAX_TOKENS).contains(count))
}

/// Whether an amount lies between nothing and [`MAX_COST`].
pub fn is_payable(cost: NanoUsd) -> bool {
    (NanoUsd::default()..=MAX_COST).contains(&cost)
}

/// A length of time that can be one: none when it is below zero.
pub fn length_ns(nanos: Option<i64>) -> Option<i64> {
    nanos.filter(|nanos| *nanos >= 0)
}

/// The end of a span, as far as it can be believed of a record that the broker took at `seen`:
/// a clock that ran an hour ahead makes no trace an hour long.
pub fn believed_end(end: Option<Timestamp>, seen: Timestamp) -> Option<Timestamp> {
    end.filter(|end| *end <= seen.plus_nanos(MAX_AHEAD_NS))
}
