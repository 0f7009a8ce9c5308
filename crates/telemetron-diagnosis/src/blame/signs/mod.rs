//! What each step shows, as figures from 0 to 1; one file a family of signs.

mod answer;
mod changes;
mod errors;
mod place;
mod speakers;
mod telling;

use super::cast::Cast;
use super::lexicon::{Sense, Tally};
use super::signals::{SIGNALS, Sign};
use super::texts;
use crate::tree::Tree;

/// The figures of one step, in the order of `SIGNALS`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row([f64; SIGNALS.len()]);

impl Row {
    pub(super) const fn figures(&self) -> &[f64; SIGNALS.len()] {
        &self.0
    }

    fn set(&mut self, sign: Sign, figure: f64) {
        self.0[sign as usize] = figure;
    }

    fn flag(&mut self, sign: Sign, is_so: bool) {
        self.set(sign, f64::from(u8::from(is_so)));
    }
}

/// What signs are read from.
struct Story<'t, 'a> {
    tree: &'t Tree<'a>,
    cast: &'t Cast<'a>,
    texts: Vec<String>,
    tallies: Vec<Tally>,
}

impl Story<'_, '_> {
    fn len(&self) -> usize {
        self.texts.len()
    }

    /// How strongly a step shows a sense; not at all after the last one.
    fn strength(&self, step: usize, sense: Sense) -> f64 {
        let tally = self.tallies.get(step);
        tally.map_or(0.0, |tally| tally.strength(sense))
    }

    fn shows(&self, step: usize, sense: Sense) -> bool {
        self.strength(step, sense) > 0.0
    }
}

/// The figures of all steps.
pub(super) fn of(tree: &Tree<'_>, cast: &Cast<'_>) -> Vec<Row> {
    let texts = texts::of(tree);
    let tallies = texts.iter().map(|step| Tally::of(step)).collect();
    let story = Story {
        tree,
        cast,
        texts,
        tallies,
    };
    let mut rows = vec![Row::default(); story.len()];
    for family in [
        place::mark,
        speakers::mark,
        errors::mark,
        telling::mark,
        answer::mark,
        changes::mark,
    ] {
        family(&story, &mut rows);
    }
    rows
}
