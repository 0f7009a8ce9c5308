//! Who went wrong and when, where no span says so.

use telemetron_model::record::SpanKind::Agent;
use telemetron_store::read::whole::{WholeCall, WholeTrace};
use telemetron_view::{Confidence, FindingKind};

use super::{diagnosis, found};
use crate::testing::{Described, span, trace};
use crate::{SIGNALS, Shape, Sign, measured};

fn conversation(turns: &[(&str, &str)]) -> WholeTrace {
    let mut spans = vec![span(1, 0, Agent, 0, 1_000)];
    for (n, (agent, text)) in (2..).zip(turns) {
        let from = i64::try_from(n).unwrap() * 10;
        spans.push(span(n, 1, Agent, from, from).agent(agent).says(text));
    }
    let mut trace = trace(spans);
    trace.has_clock = false;
    trace
}

#[test]
fn blame_is_called_a_hypothesis_and_never_more_than_possible() {
    let trace = conversation(&[
        ("planner", "find the population of the town"),
        ("coder", "I assume it is about 12000, a placeholder"),
        ("checker", "the error is that 12000 was a mistake"),
    ]);
    let diagnosis = diagnosis(&trace);
    assert!(diagnosis.is_hypothesis);
    let cause = &diagnosis.causes[0];
    assert_eq!(cause.kind, FindingKind::WhoAndWhen);
    assert!(cause.confidence >= Confidence::Possible);
    assert!(
        cause
            .sentence
            .contains("a hypothesis from structure and words")
    );
    assert!(diagnosis.verdict.contains("If the result is wrong"));
    let warned = |limit: &String| limit.contains("its shares may mean little");
    assert!(diagnosis.limits.iter().any(warned));
}

#[test]
fn where_a_span_says_what_failed_nobody_is_blamed() {
    let mut trace = conversation(&[("a", "one"), ("b", "two")]);
    trace.spans[0] = trace.spans[0].clone().fails("E", "broken");
    assert!(found(&diagnosis(&trace), FindingKind::WhoAndWhen).is_empty());
}

#[test]
fn a_run_too_long_for_words_is_said_to_be_so() {
    let turns = vec![("a", "I assume 12"); 2_001];
    let long = diagnosis(&conversation(&turns));
    assert!(found(&long, FindingKind::WhoAndWhen).is_empty());
    assert!(long.limits.iter().any(|limit| limit.contains("2001 steps")));
    let fits = diagnosis(&conversation(&turns[..2_000]));
    assert!(!found(&fits, FindingKind::WhoAndWhen).is_empty());
}

#[test]
fn signs_are_figures_from_0_to_1_for_each_step() {
    let trace = conversation(&[
        ("a", "error error, ```python"),
        ("b", "I assume 12"),
        ("a", "that was a mistake"),
        ("human", "why?"),
    ]);
    let measured = measured(&trace);
    assert_eq!(measured.figures.len(), 4);
    for figures in &measured.figures {
        assert!(
            figures.iter().all(|figure| (0.0..=1.0).contains(figure)),
            "{figures:?}"
        );
    }
    let shows = |step: usize, sign: Sign| measured.figures[step][sign as usize] > 0.4;
    assert!(shows(0, Sign::ReportsError) && shows(0, Sign::FirstCode));
    assert!(shows(1, Sign::Assumes) && shows(1, Sign::Corrected) && shows(1, Sign::FirstTurn));
    assert!(shows(2, Sign::ByLastSpeaker) && shows(3, Sign::LastStep));
}

#[test]
fn every_sign_stands_in_the_table_at_its_own_place() {
    for (place, signal) in SIGNALS.iter().enumerate() {
        assert_eq!(signal.sign as usize, place);
    }
}

#[test]
fn the_sort_of_a_run_follows_from_who_speaks() {
    let shape = |speakers: &[&str]| {
        let turns: Vec<_> = speakers.iter().map(|agent| (*agent, "so")).collect();
        measured(&conversation(&turns)).shape
    };
    assert_eq!(shape(&["agent", "agent", "tool"]), Shape::Alone);
    assert_eq!(
        shape(&["user", "agent", "tool", "agent", "user"]),
        Shape::Dialogue
    );
    assert_eq!(shape(&["boss", "a", "boss", "b", "boss"]), Shape::Led);
    assert_eq!(shape(&["a", "b", "c", "a", "terminal"]), Shape::Team);
    // The middle of a line of agents leads nobody.
    assert_eq!(shape(&["a", "b", "b", "c"]), Shape::Team);
    assert_eq!(shape(&["agent", "user_proxy", "agent"]), Shape::Alone);
    // Who only runs the code of others leads nobody.
    assert_eq!(
        shape(&["a", "terminal", "b", "terminal", "c", "terminal"]),
        Shape::Team
    );
}

#[test]
fn a_change_that_a_person_asked_for_and_that_fails_later_is_seen() {
    let mut trace = conversation(&[
        ("user", "please send it to my new address"),
        ("agent", ""),
        ("tool", "done"),
        ("agent", ""),
        ("tool", "Error: cannot be modified"),
        ("user", "oh"),
    ]);
    for (turn, tool) in [(2, "modify_items"), (4, "get_details")] {
        trace.spans[turn].calls.push(WholeCall {
            tool_name: tool.to_owned(),
            arguments: None,
            result: None,
            error: None,
        });
    }
    let measured = measured(&trace);
    let shows = |step: usize, sign: Sign| measured.figures[step][sign as usize] > 0.0;
    assert!(shows(0, Sign::AsksForChange) && !shows(5, Sign::AsksForChange));
    assert!(shows(1, Sign::Changes) && shows(1, Sign::ChangesThenError));
    assert!(!shows(3, Sign::Changes));
}

#[test]
fn the_next_best_steps_are_named_after_the_first_one() {
    let trace = conversation(&[
        ("planner", "find the population of the town"),
        ("coder", "I assume it is about 12000, a placeholder"),
        ("writer", "I assume it is about 13000, a placeholder"),
        ("writer", "so it is"),
        ("checker", "fine"),
    ]);
    let diagnosis = diagnosis(&trace);
    let named = found(&diagnosis, FindingKind::WhoAndWhen);
    assert!(named.len() > 1, "{named:?}");
    assert!(
        named[1].sentence.starts_with("Another guess is "),
        "{named:?}"
    );
    let steps: Vec<_> = diagnosis.causes.iter().map(|cause| cause.step).collect();
    assert!(
        steps.len() == named.len() && steps[0] != steps[1],
        "{steps:?}"
    );
    assert_eq!(diagnosis.causes[1].confidence, Confidence::Guess);
}

#[test]
fn where_nothing_tells_steps_apart_that_is_said() {
    let even = conversation(&[("a", "one"), ("a", "two"), ("a", "three"), ("a", "four")]);
    let sentence = diagnosis(&even).causes[0].sentence.clone();
    assert!(
        sentence.starts_with("no step stands out; the first to look at is step "),
        "{sentence}"
    );
    // With one agent, its part of the blame says nothing.
    assert!(!sentence.contains("on this agent"), "{sentence}");
    let mut nameless = even;
    for span in &mut nameless.spans {
        span.agent = None;
    }
    let sentence = diagnosis(&nameless).causes[0].sentence.clone();
    assert!(!sentence.contains(", by "), "{sentence}");
}

#[test]
fn what_a_failed_span_says_of_itself_is_not_guessed_again() {
    let mut trace = conversation(&[("a", "one"), ("b", "two"), ("a", "three")]);
    trace.spans[2] = trace.spans[2].clone().fails("Timeout", "slow");
    let diagnosis = diagnosis(&trace);
    assert_eq!(diagnosis.causes[0].kind, FindingKind::ErrorOrigin);
    let began = diagnosis.causes[0].span_id.unwrap();
    let guesses = found(&diagnosis, FindingKind::WhoAndWhen);
    assert!(
        guesses.iter().all(|guess| !guess.evidence.contains(&began)),
        "{guesses:?}"
    );
}

#[test]
fn a_failure_that_was_made_good_is_not_denied() {
    let mut trace = conversation(&[("a", "one"), ("a", "two"), ("a", "three")]);
    trace.spans[1] = trace.spans[1].clone().fails("Timeout", "slow");
    for span in &mut trace.spans {
        span.name = "turn".to_owned();
    }
    let verdict = diagnosis(&trace).verdict;
    let begin = "The trace completed and what failed on the way was made good. If the result is \
                 wrong: ";
    assert!(verdict.starts_with(begin), "{verdict}");
}

#[test]
fn an_agent_may_have_most_of_the_blame_without_the_likeliest_step() {
    let mut turns = vec![("a", "so"); 9];
    turns[4] = (
        "b",
        "I assume and suppose 12, a placeholder, and it writes ```python",
    );
    turns[5] = ("c", "that was a mistake");
    turns.extend([("a", "so"); 12]);
    let diagnosis = diagnosis(&conversation(&turns));
    let [first, second, ..] = diagnosis.causes.as_slice() else {
        panic!("{:?}", diagnosis.causes);
    };
    let begin = "a has the largest part of the blame, first of its steps step ";
    assert!(first.sentence.starts_with(begin), "{}", first.sentence);
    assert_eq!(second.step, Some(4), "{}", second.sentence);
}
