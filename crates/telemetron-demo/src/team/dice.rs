//! Chance that is the same every time: figures vary from request to request, not from run to run.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A source of figures.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// The figures of this seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A figure within the range, which must not be empty.
    pub(crate) fn throw(&mut self, range: Range<u64>) -> u64 {
        self.thrown += 1;
        let figure = xxh3_64_with_seed(&self.thrown.to_le_bytes(), self.seed);
        range.start + figure % (range.end - range.start).max(1)
    }
}
