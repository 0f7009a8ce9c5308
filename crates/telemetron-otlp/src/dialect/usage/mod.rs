//! Tokens, normalised to the inclusive model: input with what was cached, output with what was
//! reasoned.
//!
//! Dialects disagree, and few say which way they count. What the numbers themselves prove decides:
//!
//! 1. A total beyond input and output that some of the parts make up shows that these stand apart.
//! 2. Input smaller than its cached part cannot include it, nor output what was reasoned.
//! 3. What a total has beyond all that was generated: models that think say so in the total alone.
//! 4. A total beside one of the two tells the other.
//!
//! Every correction leaves its rule.

mod answers;
mod shapes;

use telemetron_model::record::TokenUsage;

use super::SemanticFields;
pub(super) use answers::within as within_answer;
pub(super) use shapes::count;

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
    /// Of what was written, what is kept for an hour: it costs more.
    pub(super) cache_write_hour: Option<i64>,
    /// Other parts of the input that are told by themselves: sound, pictures.
    pub(super) more_input: Option<i64>,
    pub(super) reasoning: Option<i64>,
    /// Other parts of the output that are told by themselves.
    pub(super) more_output: Option<i64>,
    /// Whether input is known not to include what was cached.
    pub(super) cache_apart: bool,
    /// Whether, where no total shows it, all parts stand apart.
    pub(super) parts_apart: bool,
}

impl Counts {
    /// Puts what was counted into a reading; nothing when nothing was.
    pub(super) fn settle(self, fields: &mut SemanticFields) {
        let counts = self.believable();
        if counts.input.or(counts.output).or(counts.total).is_none() {
            return;
        }
        let total_alone = counts.input.or(counts.output).is_none();
        let (counts, by_total) = counts.completed();
        let apart = counts.apart();
        let input = counts.input.unwrap_or_default() + counts.added(apart, Side::Input);
        let mut output = counts.output.unwrap_or_default() + counts.added(apart, Side::Output);
        let mut reasoning = counts.reasoning.unwrap_or_default();
        let unexplained = counts.unexplained(input + output);
        if unexplained > 0 {
            output += unexplained;
            reasoning = reasoning.max(unexplained);
        }
        fields.usage = Some(TokenUsage {
            input,
            output,
            total: counts.total.unwrap_or_default().max(input + output),
            cached: counts.cache_read.unwrap_or_default(),
            reasoning,
        });
        fields.cache_written = counts.cache_write.unwrap_or_default();
        let hour = counts.cache_write_hour.unwrap_or_default();
        fields.cache_written_hour = hour.min(fields.cache_written);
        let [read, write, more_input, thought, more_output] = apart;
        let rules = [
            (read || write, "usage:cache_added"),
            (thought, "usage:reasoning_added"),
            (more_input || more_output, "usage:parts_added"),
            (unexplained > 0, "usage:thinking_by_total"),
            (by_total, "usage:by_total"),
            (total_alone, "usage:total_alone"),
        ];
        let applied = rules.iter().filter(|(applied, _)| *applied);
        fields.rules.extend(applied.map(|(_, rule)| *rule));
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
            cache_write_hour: check(self.cache_write_hour),
            more_input: check(self.more_input),
            reasoning: check(self.reasoning),
            more_output: check(self.more_output),
            ..self
        }
    }

    /// With input or output, where only the total tells it, and whether it did.
    fn completed(mut self) -> (Self, bool) {
        let rest = |known: Option<i64>| Some((self.total? - known?).max(0));
        match (self.input, self.output) {
            (None, Some(_)) => self.input = rest(self.output),
            (Some(_), None) => self.output = rest(self.input),
            _ => return (self, false),
        }
        (self, self.total.is_some())
    }

    /// The parts, those of the input first.
    fn parts(&self) -> [i64; 5] {
        [
            self.cache_read,
            self.cache_write,
            self.more_input,
            self.reasoning,
            self.more_output,
        ]
        .map(Option::unwrap_or_default)
    }

    /// Which parts stand apart from input and output.
    fn apart(&self) -> [bool; 5] {
        let parts = self.parts();
        let present = parts.map(|part| part > 0);
        let sum = self.input.unwrap_or_default() + self.output.unwrap_or_default();
        let by_total = match self.total {
            Some(total) => proved(parts, total - sum),
            None => self.parts_apart.then_some(present),
        };
        let mut apart = by_total.unwrap_or_default();
        let [read, write, more_input, reasoning, more_output] = parts;
        let input = self.input.unwrap_or_default() + self.added(apart, Side::Input);
        if self.cache_apart || input < read + write {
            (apart[0], apart[1]) = (present[0], present[1]);
        }
        apart[2] |= input < more_input;
        let output = self.output.unwrap_or_default() + self.added(apart, Side::Output);
        apart[3] |= output < reasoning;
        apart[4] |= output < more_output;
        apart
    }

    /// What the parts that stand apart add to one side.
    fn added(&self, apart: [bool; 5], side: Side) -> i64 {
        let of_side = match side {
            Side::Input => [true, true, true, false, false],
            Side::Output => [false, false, false, true, true],
        };
        let counts = apart
            .iter()
            .zip(of_side)
            .map(|(apart, here)| *apart && here);
        self.parts()
            .iter()
            .zip(counts)
            .filter(|(_, counts)| *counts)
            .map(|(part, _)| part)
            .sum()
    }

    /// What a total has beyond the sum, where input and output are known.
    fn unexplained(&self, sum: i64) -> i64 {
        let both = self.input.is_some() && self.output.is_some();
        self.total
            .filter(|_| both)
            .map_or(0, |total| (total - sum).max(0))
    }
}

/// One of the two sides of a call.
#[derive(Clone, Copy)]
enum Side {
    Input,
    Output,
}

/// The parts that together are what a total has beyond input and output; all of them, all of one
/// side, or else whichever fit.
fn proved(parts: [i64; 5], beyond: i64) -> Option<[bool; 5]> {
    const LIKELY: [u8; 6] = [0b00000, 0b11111, 0b00111, 0b11000, 0b00011, 0b01000];
    let chosen = |set: u8| std::array::from_fn(|at| set >> at & 1 == 1 && parts[at] > 0);
    let sum = |set: u8| -> i64 {
        let chosen: [bool; 5] = chosen(set);
        parts
            .iter()
            .zip(chosen)
            .filter(|(_, is_in)| *is_in)
            .map(|(part, _)| part)
            .sum()
    };
    let mut sets = LIKELY.into_iter().chain(0..32);
    sets.find(|set| sum(*set) == beyond).map(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settled(counts: Counts) -> SemanticFields {
        let mut fields = SemanticFields::default();
        counts.settle(&mut fields);
        fields
    }

    #[test]
    fn input_that_is_smaller_than_its_cached_part_does_not_include_it() {
        let fields = settled(Counts {
            input: Some(10),
            output: Some(5),
            cache_read: Some(100),
            cache_write: Some(20),
            ..Counts::default()
        });
        let usage = fields.usage.unwrap();
        assert_eq!((usage.input, usage.cached, usage.total), (130, 100, 135));
        assert_eq!(
            (fields.cache_written, fields.rules),
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
    fn what_only_a_total_tells_is_explained() {
        let told = |input, output, total, reasoning| {
            let counts = Counts {
                input,
                output,
                total: Some(total),
                reasoning,
                ..Counts::default()
            };
            let fields = settled(counts);
            let usage = fields.usage.unwrap();
            ((usage.input, usage.output, usage.reasoning), fields.rules)
        };
        let thinking = (15, 1020, 661);
        assert_eq!(
            told(Some(15), Some(359), 1035, None),
            (thinking, vec!["usage:thinking_by_total"])
        );
        assert_eq!(
            told(Some(15), Some(359), 1035, Some(661)),
            (thinking, vec!["usage:reasoning_added"])
        );
        assert_eq!(
            told(None, Some(20), 35, None),
            ((15, 20, 0), vec!["usage:by_total"])
        );
        assert_eq!(
            told(Some(15), None, 15, None),
            ((15, 0, 0), vec!["usage:by_total"])
        );
        assert_eq!(
            told(None, None, 9, None),
            ((0, 0, 0), vec!["usage:total_alone"])
        );
    }

    #[test]
    fn both_sides_may_stand_apart_at_once() {
        let counts = Counts {
            input: Some(500),
            output: Some(300),
            total: Some(2900),
            cache_read: Some(1500),
            reasoning: Some(600),
            ..Counts::default()
        };
        let fields = settled(counts);
        let usage = fields.usage.unwrap();
        assert_eq!((usage.input, usage.output, usage.total), (2000, 900, 2900));
        assert_eq!(fields.rules, ["usage:cache_added", "usage:reasoning_added"]);
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
            (more_input, more_output) in (count(), count()),
            (cache_apart, parts_apart) in any::<(bool, bool)>(),
        ) {
            let counts = Counts {
                input, output, total, cache_read, cache_write, more_input, reasoning, more_output,
                cache_apart, parts_apart, ..Counts::default()
            };
            let fields = settled(counts);
            if let Some(usage) = fields.usage {
                prop_assert!(usage.cached >= 0 && usage.reasoning >= 0 && fields.cache_written >= 0);
                prop_assert!(usage.input >= usage.cached + fields.cache_written);
                prop_assert!(usage.output >= usage.reasoning);
                let known = input.or(output).is_some_and(|count| (0..=MOST).contains(&count));
                prop_assert!(!known || usage.total == usage.input + usage.output);
            } else {
                prop_assert_eq!(fields, SemanticFields::default());
            }
        }
    }
}
