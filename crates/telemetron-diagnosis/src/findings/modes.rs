//! Failure modes of MAST (arXiv 2503.13657) that structure shows, under stable ids of our own.
//!
//! | id | MAST | what shows it |
//! |---|---|---|
//! | `mast/step-repetition` | 1.3 | the same call with the same arguments and the same answer, three times |
//! | `mast/loss-of-history` | 1.4 | an agent's prompt shrinks to less than half |
//! | `mast/unaware-of-termination` | 1.5 | a limit of steps was hit, or the final answer was given long before the end |
//! | `mast/conversation-reset` | 2.1 | an agent's first prompt comes again after others |
//! | `mast/premature-termination` | 3.1 | the trace completed with open spans below it, or its last model call was cut off |
//! | `mast/no-verification` | 3.2 | several agents, and none of what was done is called a check |

use std::collections::HashMap;

use telemetron_model::record::{SpanKind, Status};
use telemetron_view::{Confidence, FindingKind, Next};

use super::{cut_off, repeats};
use crate::descent::speaks_of_limit;
use crate::failures::Failure;
use crate::noted::Noted;
use crate::tree::{Place, Tree, operation};
use crate::words;

/// A smaller prompt may be a question on the side.
const LEAST_TOKENS: i64 = 2_000;

/// Fewer steps need nobody to check them.
const LEAST_STEPS: usize = 5;

/// Parts of names that mean a check.
const CHECKS: [&str; 10] = [
    "verif", "valid", "test", "check", "review", "critic", "evaluat", "judge", "audit", "inspect",
];

/// The modes that can be seen.
pub(super) fn find(tree: &Tree<'_>, failure: Option<&Failure>) -> Vec<Noted> {
    let rules = [
        step_repetition,
        loss_of_history,
        unaware_of_termination,
        conversation_reset,
        premature_termination,
    ];
    let mut modes: Vec<Noted> = rules.iter().filter_map(|rule| rule(tree)).collect();
    // A check would not have helped where a span says what failed.
    if !failure.is_some_and(Failure::is_fatal) {
        modes.extend(no_verification(tree));
    }
    modes
}

fn mode(tree: &Tree<'_>, id: &str, weight: f64, sentence: String, places: &[Place]) -> Noted {
    let next = match places.first() {
        Some(place) => tree.call(*place),
        None => Next::Timeline {
            trace_id: tree.trace.trace_id,
        },
    };
    let evidence = tree.ids(places);
    Noted::new(FindingKind::FailureMode, weight, sentence, evidence, next).mode(id)
}

fn step_repetition(tree: &Tree<'_>) -> Option<Noted> {
    let groups = repeats::groups(tree);
    let group = groups.into_iter().find(|group| group.results == 1)?;
    let sentence = format!(
        "Step repetition: {} got the same answer {}.",
        group.what,
        words::times(group.places.len())
    );
    let id = "mast/step-repetition";
    Some(mode(tree, id, 0.4, sentence, &group.places))
}

fn loss_of_history(tree: &Tree<'_>) -> Option<Noted> {
    let mut before: HashMap<Speaker<'_>, (i64, Place)> = HashMap::new();
    for place in model_calls(tree) {
        let Some(input) = tree.span(place).tokens.map(|tokens| tokens.input) else {
            continue;
        };
        let seen = before.insert(speaker(tree, place), (input, place));
        if let Some((most, larger)) = seen
            && most >= LEAST_TOKENS
            && input < most / 2
        {
            let sentence = format!(
                "Loss of history: the prompt of {} shrank from {most} to {input} tokens.",
                tree.label(place)
            );
            return Some(mode(
                tree,
                "mast/loss-of-history",
                0.3,
                sentence,
                &[larger, place],
            ));
        }
    }
    None
}

fn unaware_of_termination(tree: &Tree<'_>) -> Option<Noted> {
    let id = "mast/unaware-of-termination";
    let is_limit = |place: &Place| tree.has_failed(*place) && speaks_of_limit(tree, *place);
    let is_lowest = |place: &Place| !tree.children(*place).iter().any(is_limit);
    let limited = tree
        .places()
        .find(|place| is_limit(place) && is_lowest(place));
    if let Some(place) = limited {
        let sentence = format!(
            "Unaware of the end: {} hit a limit of steps.",
            tree.label(place)
        );
        return Some(mode(tree, id, 0.6, sentence, &[place]).suspect(
            0.5,
            Confidence::Possible,
            Some(place),
        ));
    }
    let (place, after) = answered_early(tree)?;
    let sentence = format!(
        "Unaware of the end: {} gave the final answer, and {} followed.",
        tree.label(place),
        words::counted(after, "more step"),
    );
    Some(mode(tree, id, 0.35, sentence, &[place]))
}

/// The first step whose output is the final answer, when at least as many steps came after it.
fn answered_early(tree: &Tree<'_>) -> Option<(Place, usize)> {
    let answer = tree
        .trace
        .answer
        .as_ref()
        .filter(|text| text.text().len() >= 3)?;
    let steps = tree.steps();
    let is_answer = |place: &Place| {
        let output = tree.span(*place).output.as_ref();
        output.is_some_and(|output| output.hash == answer.hash)
    };
    let first = steps.iter().position(is_answer)?;
    let after = steps.len() - first - 1;
    (after > first.max(2)).then(|| steps.get(first).map(|place| (*place, after)))?
}

fn conversation_reset(tree: &Tree<'_>) -> Option<Noted> {
    let mut first: HashMap<Speaker<'_>, (i64, Place, usize)> = HashMap::new();
    for place in model_calls(tree) {
        let Some(input) = tree.span(place).input.as_ref().filter(|t| !t.is_empty()) else {
            continue;
        };
        let (hash, begun, others) = first
            .entry(speaker(tree, place))
            .or_insert((input.hash, place, 0));
        if *hash != input.hash {
            *others += 1;
        } else if *others >= 2 {
            let sentence = format!(
                "Conversation reset: {} got its first prompt again after {} others.",
                tree.label(place),
                others
            );
            let places = [*begun, place];
            return Some(mode(
                tree,
                "mast/conversation-reset",
                0.35,
                sentence,
                &places,
            ));
        }
    }
    None
}

fn premature_termination(tree: &Tree<'_>) -> Option<Noted> {
    let id = "mast/premature-termination";
    if tree.trace.status == Status::Completed {
        let open = tree.places();
        let open: Vec<Place> = open
            .filter(|place| tree.span(*place).status == Status::Running)
            .collect();
        if !open.is_empty() {
            let sentence = format!(
                "Premature end: the trace completed while {} still ran.",
                words::counted(open.len(), "span")
            );
            return Some(mode(tree, id, 0.5, sentence, &open));
        }
    }
    let last = model_calls(tree).last()?;
    cut_off::is_cut(tree, last).then(|| {
        let sentence = format!(
            "Premature end: the last model call, {}, was cut off.",
            tree.label(last)
        );
        mode(tree, id, 0.4, sentence, &[last])
    })
}

/// Weak: a check may go by another name. Told only where there is something to explain.
fn no_verification(tree: &Tree<'_>) -> Option<Noted> {
    let mut agents: Vec<&str> = tree
        .places()
        .filter_map(|place| tree.agent(place))
        .collect();
    agents.sort_unstable();
    agents.dedup();
    let needs_a_check = agents.len() > 1 && tree.steps().len() >= LEAST_STEPS;
    if !needs_a_check
        || tree.trace.status != Status::Failed
        || tree.places().any(|p| is_check(tree, p))
    {
        return None;
    }
    let sentence = format!(
        "No verification: none of {} by {} is called a check.",
        words::counted(tree.steps().len(), "step"),
        words::counted(agents.len(), "agent"),
    );
    Some(mode(tree, "mast/no-verification", 0.15, sentence, &[]))
}

fn is_check(tree: &Tree<'_>, place: Place) -> bool {
    let span = tree.span(place);
    let names = [
        Some(span.name.as_str()),
        span.agent.as_deref(),
        Some(operation(span)),
    ];
    names.into_iter().flatten().any(|name| {
        let name = name.to_lowercase();
        CHECKS.iter().any(|check| name.contains(check))
    })
}

/// Whose conversation a call belongs to: the agent's, and where none is named, the model's.
type Speaker<'a> = (Option<&'a str>, Option<&'a str>);

fn speaker<'a>(tree: &Tree<'a>, place: Place) -> Speaker<'a> {
    match tree.agent(place) {
        Some(agent) => (Some(agent), None),
        None => (None, tree.span(place).model.as_deref()),
    }
}

fn model_calls<'t>(tree: &'t Tree<'_>) -> impl Iterator<Item = Place> + use<'t> {
    let calls = tree.places();
    calls.filter(|place| tree.span(*place).kind == SpanKind::Llm)
}
