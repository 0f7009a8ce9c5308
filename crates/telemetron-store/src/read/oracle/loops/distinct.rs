//! How many different things stand in stretches of a sequence.

/// A stretch from one place to another, both in it.
pub(super) type Stretch = (usize, usize);

/// Counts the different numbers in each stretch; numbers are below `sequence.len()`.
///
/// Each number is counted where it stood last, as the sequence is walked once: `n log n`, however
/// many stretches are asked for.
pub(super) fn counts(sequence: &[usize], stretches: &[Stretch]) -> Vec<usize> {
    let mut ending: Vec<Vec<usize>> = vec![Vec::new(); sequence.len()];
    for (asked, (_, last)) in stretches.iter().enumerate() {
        ending[*last].push(asked);
    }
    let mut latest = vec![None; sequence.len()];
    let (mut marks, mut counts) = (Marks::of(sequence.len()), vec![0; stretches.len()]);
    for (place, number) in sequence.iter().enumerate() {
        if let Some(before) = latest[*number].replace(place) {
            marks.set(before, false);
        }
        marks.set(place, true);
        for asked in &ending[place] {
            counts[*asked] = marks.up_to(place + 1) - marks.up_to(stretches[*asked].0);
        }
    }
    counts
}

/// Marked places that can be counted from the first on (a Fenwick tree).
struct Marks(Vec<usize>);

impl Marks {
    fn of(places: usize) -> Self {
        Self(vec![0; places + 1])
    }

    fn set(&mut self, place: usize, marked: bool) {
        let mut at = place + 1;
        while at < self.0.len() {
            if marked {
                self.0[at] += 1;
            } else {
                self.0[at] -= 1;
            }
            at += at & at.wrapping_neg();
        }
    }

    /// How many of the first places are marked.
    fn up_to(&self, places: usize) -> usize {
        let (mut at, mut sum) = (places, 0);
        while at > 0 {
            sum += self.0[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_counting_one_by_one_gives(
            sequence in prop::collection::vec(0_usize..6, 6..40),
            ends in prop::collection::vec((0_usize..40, 0_usize..40), 1..20),
        ) {
            let last = sequence.len() - 1;
            let stretch = |(a, b): (usize, usize)| (a.min(b).min(last), a.max(b).min(last));
            let stretches: Vec<_> = ends.into_iter().map(stretch).collect();
            let one_by_one = |(from, to): &Stretch| {
                sequence[*from..=*to].iter().collect::<HashSet<_>>().len()
            };
            let expected: Vec<_> = stretches.iter().map(one_by_one).collect();
            prop_assert_eq!(counts(&sequence, &stretches), expected);
        }
    }
}
