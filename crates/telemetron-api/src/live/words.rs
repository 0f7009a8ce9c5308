//! Names as numbers: a frame that is kept for minutes holds no texts beside its own.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault};
use std::num::NonZeroU64;

/// A name as a number of 63 bits: two names share one never, as far as anybody will see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Word(NonZeroU64);

impl Word {
    /// The number of a name.
    pub(crate) fn of(name: &str) -> Self {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(name);
        Self(NonZeroU64::MIN.saturating_add(hash >> 1))
    }
}

/// Names that are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words {
    names: BTreeSet<String>,
    words: HashSet<Word>,
}

impl Words {
    /// The names, in order.
    pub(crate) const fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Whether nothing is looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a name is among them.
    pub(crate) fn contains(&self, word: Word) -> bool {
        self.words.contains(&word)
    }
}

impl FromIterator<String> for Words {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let names: BTreeSet<_> = names.into_iter().collect();
        let words = names.iter().map(|name| Word::of(name)).collect();
        Self { names, words }
    }
}
