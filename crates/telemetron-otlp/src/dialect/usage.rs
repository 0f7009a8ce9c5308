//! Tokens, normalised to the inclusive model: input with what was cached, output with what was
//! reasoned.
//!
//! Dialects disagree, and few say which way they count. What the numbers themselves prove decides:
//! input smaller than its cached part cannot include it, and a total that only adds up with the
//! cached part apart shows that it stands apart. Every correction leaves its rule.

use telemetron_model::record::TokenUsage;

use super::Reading;

/// Most tokens that one call can have spent; beyond it, a count is no count.
const MOST: i64 = 1_000_000_000;

/// Counts as a dialect reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) input: Option<i64>,
    pub(super) output: Option<i64>,
    pub(super) total: Option<i64>,
    pub(super) cache_read: Option<i64>,
    pub(super) cache_write: Option<i64>,
    pub(super) reasoning: Option<i64>,
    /// Whether input is known not to include what was cached.
    pub(super) cache_apart: bool,
}

impl Counts {
    /// Puts what was counted into a reading; nothing when nothing was.
    pub(super) fn settle(self, reading: &mut Reading) {
        let counts = self.believable();
        if counts.input.or(counts.output).or(counts.total).is_none() {
            return;
        }
        let (input, cache_added) = counts.inclusive_input();
        let (output, reasoning_added) = counts.inclusive_output();
        let sum = input + output;
        reading.usage = Some(TokenUsage {
            input,
            output,
            total: counts.total.unwrap_or_default().max(sum),
            cached: counts.cache_read.unwrap_or_default(),
            reasoning: counts.reasoning.unwrap_or_default(),
        });
        reading.cache_written = counts.cache_write.unwrap_or_default();
        let rules = [
            (cache_added, "usage:cache_added"),
            (reasoning_added, "usage:reasoning_added"),
        ];
        reading.rules.extend(
            rules
                .iter()
                .filter(|(applied, _)| *applied)
                .map(|(_, rule)| *rule),
        );
    }

    /// The same without counts that cannot be.
    fn believable(self) -> Self {
        let check = |count: Option<i64>| count.filter(|count| (0..=MOST).contains(count));
        Self {
            input: check(self.input),
            output: check(self.output),
            total: check(self.total),
            cache_read: check(self.cache_read),
            cache_write: check(self.cache_write),
            reasoning: check(self.reasoning),
            cache_apart: self.cache_apart,
        }
    }

    /// Input with what was cached, and whether that had to be added.
    fn inclusive_input(&self) -> (i64, bool) {
        let input = self.input.unwrap_or_default();
        let cached = self.cache_read.unwrap_or_default() + self.cache_write.unwrap_or_default();
        let output = self.output.unwrap_or_default();
        let proves = self.total == Some(input + cached + output);
        let apart = cached > 0 && (self.cache_apart || input < cached || proves);
        (if apart { input + cached } else { input }, apart)
    }

    /// Output with what was reasoned, and whether that had to be added.
    fn inclusive_output(&self) -> (i64, bool) {
        let output = self.output.unwrap_or_default();
        let reasoning = self.reasoning.unwrap_or_default();
        let proves = self.total == Some(self.input.unwrap_or_default() + output + reasoning);
        let apart = reasoning > 0 && (output < reasoning || proves);
        (if apart { output + reasoning } else { output }, apart)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settled(counts: Counts) -> Reading {
        let mut reading = Reading::default();
        counts.settle(&mut reading);
        reading
    }

    #[test]
    fn input_that_is_smaller_than_its_cached_part_does_not_include_it() {
        let reading = settled(Counts {
            input: Some(10),
            output: Some(5),
            cache_read: Some(100),
            cache_write: Some(20),
            ..Counts::default()
        });
        let usage = reading.usage.unwrap();
        assert_eq!((usage.input, usage.cached, usage.total), (130, 100, 135));
        assert_eq!(
            (reading.cache_written, reading.rules),
            (20, vec!["usage:cache_added"])
        );
    }

    #[test]
    fn a_total_shows_that_the_cached_part_stands_apart() {
        let usage = |total| {
            let counts = Counts {
                input: Some(100),
                output: Some(5),
                cache_read: Some(50),
                total: Some(total),
                ..Counts::default()
            };
            settled(counts).usage.unwrap().input
        };
        assert_eq!((usage(155), usage(105)), (150, 100));
    }

    #[test]
    fn reasoning_beyond_the_output_or_by_the_total_is_added() {
        let usage = |output, reasoning, total| {
            let counts = Counts {
                input: Some(10),
                output: Some(output),
                reasoning: Some(reasoning),
                total,
                ..Counts::default()
            };
            settled(counts).usage.unwrap().output
        };
        assert_eq!(usage(50, 60, None), 110);
        assert_eq!(usage(50, 6, Some(66)), 56);
        assert_eq!(usage(50, 6, Some(60)), 50);
        assert_eq!(usage(50, 6, None), 50);
    }

    #[test]
    fn counts_that_cannot_be_are_no_counts() {
        assert_eq!(
            settled(Counts {
                input: Some(-1),
                ..Counts::default()
            })
            .usage,
            None
        );
        assert_eq!(
            settled(Counts {
                output: Some(i64::MAX),
                ..Counts::default()
            })
            .usage,
            None
        );
    }

    fn count() -> impl Strategy<Value = Option<i64>> {
        prop_oneof![
            Just(None),
            (-5_i64..2_000_000).prop_map(Some),
            any::<i64>().prop_map(Some)
        ]
    }

    proptest! {
        #[test]
        fn whatever_was_counted_the_result_adds_up(
            (input, output, total) in (count(), count(), count()),
            (cache_read, cache_write, reasoning) in (count(), count(), count()),
            cache_apart in any::<bool>(),
        ) {
            let counts = Counts { input, output, total, cache_read, cache_write, reasoning, cache_apart };
            let reading = settled(counts);
            if let Some(usage) = reading.usage {
                prop_assert!(usage.cached >= 0 && usage.reasoning >= 0 && reading.cache_written >= 0);
                prop_assert!(usage.input >= usage.cached + reading.cache_written);
                prop_assert!(usage.output >= usage.reasoning);
                prop_assert!(usage.total >= usage.input + usage.output);
            } else {
                prop_assert_eq!(reading, Reading::default());
            }
        }
    }
}
