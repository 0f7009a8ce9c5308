//! A set of marks in few bytes.

/// Bits for each mark: one text in a hundred seems to be there and is not.
const BITS: usize = 10;

/// How many bits each mark sets.
const PROBES: u64 = 5;

/// Fewest and most bytes of a set. More marks than the most has room for make more texts seem to be
/// there; none is missed.
const BYTES: std::ops::RangeInclusive<usize> = 8..=16 * 1024;

/// A set of marks: a Bloom filter, bit by bit as Postgres' `get_bit` counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(Vec<u8>);

impl Marks {
    /// The set of these marks; each is best named once ([`once`]).
    pub fn of(marks: &[u64]) -> Self {
        let bytes = (marks.len() * BITS)
            .div_ceil(8)
            .clamp(*BYTES.start(), *BYTES.end());
        let mut bits = vec![0; bytes];
        for mark in marks {
            for bit in Probe::of(*mark).bits(bytes) {
                bits[bit / 8] |= 1 << (bit % 8);
            }
        }
        Self(bits)
    }

    /// Whether a mark may be in the set; it is not when this says no.
    pub fn may_have(&self, mark: u64) -> bool {
        let set = |bit: usize| self.0[bit / 8] & (1 << (bit % 8)) != 0;
        Probe::of(mark).bits(self.0.len()).all(set)
    }

    /// The bytes of the set.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Leaves out marks that are there already; a few of them may stay.
///
/// A place for each mark remembers the last that fell on it: sorting would cost more than all the
/// rest of reading a text.
pub fn once(marks: &mut Vec<u64>) {
    let places = (marks.len() * 2).next_power_of_two();
    let mut seen = vec![0; places];
    marks.retain(|mark| {
        let place = usize::try_from(*mark).unwrap_or_default() & (places - 1);
        let new = seen[place] != *mark;
        seen[place] = *mark;
        new
    });
}

/// Where the bits of a mark are, whatever the size of a set: modulo its number of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe(u64);

impl Probe {
    /// The places of a mark.
    pub const fn of(mark: u64) -> Self {
        Self(mark)
    }

    /// The places, none of them negative as a `bigint`.
    pub fn places(self) -> impl Iterator<Item = i64> {
        let (first, step) = (self.0 >> 32, self.0 & 0xffff_ffff);
        (0..PROBES).map(move |probe| i64::try_from(first + probe * step).unwrap_or_default())
    }

    fn bits(self, bytes: usize) -> impl Iterator<Item = usize> {
        let bits = bytes * 8;
        self.places()
            .map(move |place| usize::try_from(place).unwrap_or_default() % bits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_in_is_found(marks in prop::collection::vec(any::<u64>(), 0..300)) {
            let set = Marks::of(&marks);
            prop_assert!(marks.iter().all(|mark| set.may_have(*mark)));
        }
    }

    #[test]
    fn hardly_anything_else_is() {
        let mark = |n: u64| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes());
        let set = Marks::of(&(0..1_000).map(mark).collect::<Vec<_>>());
        assert_eq!(set.as_bytes().len(), 1_250);
        let wrong = (1_000..11_000).filter(|n| set.may_have(mark(*n))).count();
        assert!(wrong < 200, "{wrong} of 10,000");
    }

    #[test]
    fn what_is_there_already_is_left_out() {
        let mut marks = [5, 9, 5, 1 << 40, 9, 5].to_vec();
        once(&mut marks);
        assert_eq!(marks, [5, 9, 1 << 40]);
    }

    #[test]
    fn a_set_stays_small_whatever_is_in_it() {
        let set = Marks::of(&(0..1_000_000).collect::<Vec<_>>());
        assert_eq!(set.as_bytes().len(), 16 * 1024);
        assert!(set.may_have(7));
    }
}
