//! The signals of each step as figures from 0 to 1, in the order of `SIGNALS`.

use std::collections::{HashMap, HashSet};

use telemetron_model::record::SpanKind;

use super::answer;
use super::lexicon::{Sense, Tally};
use super::signals::SIGNALS;
use super::texts::{self, StepText};
use crate::diagnosis::tree::{Place, Tree};

/// The figures of one step.
pub(super) type Features = [f64; SIGNALS.len()];

/// Speakers that are people.
const PEOPLE: [&str; 2] = ["human", "user"];

/// Parts of names of who runs what others wrote.
const EXECUTORS: [&str; 5] = ["terminal", "executor", "tool", "computer", "system"];

/// Steps of the same agent that one is held against.
const NEAR: usize = 12;

/// From this likeness on, two steps are the same.
const ALIKE: f64 = 0.6;

/// The figures of all steps.
pub(super) fn of(tree: &Tree<'_>) -> Vec<Features> {
    let measure = Measure::of(tree);
    let steps = 0..tree.steps().len();
    steps.map(|step| measure.step(step)).collect()
}

/// What the figures are taken from.
struct Measure<'t, 'a> {
    tree: &'t Tree<'a>,
    texts: Vec<StepText>,
    tallies: Vec<Tally>,
    answers: Vec<f64>,
    repeats: Vec<f64>,
    redone: Vec<f64>,
    firsts: HashSet<usize>,
    turns: HashMap<Option<&'a str>, usize>,
    planner: Option<&'a str>,
    first_speaker: Option<&'a str>,
    last_speaker: Option<&'a str>,
}

impl<'t, 'a> Measure<'t, 'a> {
    fn of(tree: &'t Tree<'a>) -> Self {
        let texts = texts::of(tree);
        let (repeats, redone) = likenesses(tree, &texts);
        let mut turns: HashMap<Option<&str>, usize> = HashMap::new();
        let mut firsts = HashSet::new();
        for (step, place) in tree.steps().iter().enumerate() {
            let count = turns.entry(tree.agent(*place)).or_default();
            if *count == 0 {
                firsts.insert(step);
            }
            *count += 1;
        }
        Self {
            tallies: texts.iter().map(|step| Tally::of(&step.text)).collect(),
            answers: answer::beginnings(tree, &texts),
            planner: planner(tree),
            first_speaker: tree.steps().iter().find_map(|step| worker(tree, *step)),
            last_speaker: tree
                .steps()
                .iter()
                .rev()
                .find_map(|step| worker(tree, *step)),
            tree,
            texts,
            repeats,
            redone,
            firsts,
            turns,
        }
    }

    #[rustfmt::skip]
    fn step(&self, step: usize) -> Features {
        let count = self.tree.steps().len();
        let place = self.tree.steps().get(step).copied().unwrap_or_default();
        let agent = self.tree.agent(place);
        let text = self.texts.get(step).map_or("", |step| step.text.as_str());
        let tally = self.tally(step);
        let turns = self.turns.get(&agent).copied().unwrap_or_default();
        [
            1.0 - ratio(step, count),
            flag(step == 0),
            flag(self.firsts.contains(&step)),
            flag(step + 1 == count),
            flag(agent.is_some_and(is_person)),
            flag(is_executor(self.tree, place)),
            flag(agent.is_some() && agent == self.planner),
            flag(self.tree.has_failed(place)),
            tally.strength(Sense::Error),
            self.tally(step + 1).strength(Sense::Error),
            tally.strength(Sense::Assumption),
            tally.strength(Sense::Surrender),
            tally.strength(Sense::Claim),
            self.tally(step + 1).strength(Sense::Correction)
                .max(self.tally(step + 2).strength(Sense::Correction)),
            self.answers.get(step).copied().unwrap_or_default(),
            self.repeats.get(step).copied().unwrap_or_default(),
            self.redone.get(step).copied().unwrap_or_default(),
            tally.strength(Sense::Code),
            saturated(text.len(), 1_500.0),
            flag(text.trim().len() < 12),
            flag(text.trim_end().ends_with('?')),
            ratio(turns, count),
            saturated(text.bytes().filter(u8::is_ascii_digit).count(), 60.0),
            1.0 / (1.0 + ratio(step, 3)),
            flag(agent.is_some() && agent == self.last_speaker),
            flag(agent.is_some() && agent == self.first_speaker),
        ]
    }

    fn tally(&self, step: usize) -> Tally {
        self.tallies.get(step).copied().unwrap_or_default()
    }
}

/// How much each step is like an earlier one of its agent, and like a later one.
fn likenesses(tree: &Tree<'_>, texts: &[StepText]) -> (Vec<f64>, Vec<f64>) {
    let mut repeats = vec![0.0; texts.len()];
    let mut redone = vec![0.0; texts.len()];
    let mut latest: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (step, (place, text)) in tree.steps().iter().zip(texts).enumerate() {
        let of_agent = latest.entry(tree.agent(*place)).or_default();
        for before in of_agent.iter().rev().take(NEAR) {
            let Some(earlier) = texts.get(*before) else {
                continue;
            };
            if texts::likeness(&earlier.words, &text.words) >= ALIKE {
                set(&mut repeats, step);
                set(&mut redone, *before);
            }
        }
        of_agent.push(step);
    }
    (repeats, redone)
}

fn set(flags: &mut [f64], at: usize) {
    if let Some(flag) = flags.get_mut(at) {
        *flag = 1.0;
    }
}

/// Who hands out most of the work, when it is clearly one.
fn planner<'a>(tree: &Tree<'a>) -> Option<&'a str> {
    let mut targets: HashMap<&str, HashSet<&str>> = HashMap::new();
    let pairs = tree.steps().windows(2);
    for pair in pairs {
        let [one, next] = pair else { continue };
        if let (Some(source), Some(target)) = (tree.agent(*one), tree.agent(*next))
            && source != target
            && !is_person(source)
        {
            targets.entry(source).or_default().insert(target);
        }
    }
    let mut counts: Vec<(usize, &str)> = targets
        .into_iter()
        .map(|(source, targets)| (targets.len(), source))
        .collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    match counts.as_slice() {
        [(most, planner), (next, _), ..] if most > next && *most >= 2 => Some(planner),
        _ => None,
    }
}

/// The agent of a step, when it is one that thinks for itself.
fn worker<'a>(tree: &Tree<'a>, place: Place) -> Option<&'a str> {
    let agent = tree.agent(place)?;
    (!is_person(agent) && !is_executor(tree, place)).then_some(agent)
}

fn is_person(agent: &str) -> bool {
    PEOPLE
        .iter()
        .any(|person| agent.eq_ignore_ascii_case(person))
}

fn is_executor(tree: &Tree<'_>, place: Place) -> bool {
    let is_tool = matches!(tree.span(place).kind, SpanKind::Tool | SpanKind::Retriever);
    is_tool
        || tree.agent(place).is_some_and(|agent| {
            let agent = agent.to_lowercase();
            EXECUTORS.iter().any(|word| agent.contains(word))
        })
}

fn flag(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn ratio(part: usize, whole: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "traces have far fewer than 2^52 steps"
    )]
    let ratio = part as f64 / whole.max(1) as f64;
    ratio
}

/// Grows with a count towards 1; half of it is reached at `half`.
fn saturated(count: usize, half: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    let count = count as f64;
    count / (count + half)
}
