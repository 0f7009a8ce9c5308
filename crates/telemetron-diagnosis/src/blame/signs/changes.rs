//! Calls that change something: an order cancelled, a file written, a task handed on.
//!
//! In the log of a conversation a call stands in the step of its agent and its result in a step of
//! the tool; in a trace of spans the call is a step itself.

use telemetron_model::record::SpanKind;

use super::{Row, Sense, Sign, Story};
use crate::blame::cast::Role;

/// Verbs in names of tools that change something.
const CHANGING: [&str; 25] = [
    "add", "book", "buy", "cancel", "commit", "create", "delete", "deploy", "edit", "exchange",
    "insert", "modify", "move", "pay", "post", "push", "put", "refund", "remove", "return",
    "schedule", "send", "set", "update", "write",
];

/// Verbs in names of tools that only look.
const LOOKING: [&str; 18] = [
    "browse",
    "calculate",
    "check",
    "count",
    "fetch",
    "find",
    "get",
    "grep",
    "list",
    "lookup",
    "observe",
    "query",
    "read",
    "retrieve",
    "search",
    "show",
    "think",
    "view",
];

/// An error within so many steps is held against a change.
const SOON: usize = 5;

/// A person's wish is fulfilled within so many steps.
const NEXT: usize = 2;

pub(super) fn mark(story: &Story<'_, '_>, rows: &mut [Row]) {
    let changes: Vec<bool> = (0..rows.len()).map(|step| is_change(story, step)).collect();
    for (step, row) in rows.iter_mut().enumerate() {
        let is_change = changes[step];
        let fails = after(story.len(), step, SOON).any(|step| story.shows(step, Sense::Error));
        let follows = after(story.len(), step, NEXT).any(|step| changes[step]);
        row.flag(Sign::Changes, is_change);
        row.flag(Sign::ChangesThenError, is_change && fails);
        let is_person = story.cast.is(step, Role::Person);
        row.flag(Sign::AsksForChange, is_person && follows);
    }
}

fn after(len: usize, step: usize, most: usize) -> std::ops::Range<usize> {
    step + 1..len.min(step + 1 + most)
}

fn is_change(story: &Story<'_, '_>, step: usize) -> bool {
    if !story.cast.is(step, Role::Executor) {
        return called(story, step).any(changes_something);
    }
    let tool = tool(story, step).filter(|tool| changes_something(tool));
    tool.is_some_and(|tool| !has_shown(story, step, tool))
}

/// Whether the step before this one already showed the call.
fn has_shown(story: &Story<'_, '_>, step: usize, tool: &str) -> bool {
    step > 0 && called(story, step - 1).any(|called| called == tool)
}

fn called<'s>(story: &'s Story<'_, '_>, step: usize) -> impl Iterator<Item = &'s str> {
    let place = story.tree.steps().get(step);
    let calls = place.map_or(&[][..], |place| &story.tree.span(*place).calls);
    calls.iter().map(|call| call.tool_name.as_str())
}

fn tool<'s>(story: &'s Story<'_, '_>, step: usize) -> Option<&'s str> {
    let span = story.tree.span(*story.tree.steps().get(step)?);
    let is_tool = span.kind == SpanKind::Tool;
    is_tool.then(|| span.tool_name.as_deref().unwrap_or(&span.name))
}

/// Whether the first verb in a tool's name is one that changes something.
fn changes_something(tool: &str) -> bool {
    let spaced = spaced(tool);
    let verbs = spaced.split(|c: char| !c.is_alphanumeric());
    let known = verbs.map(|verb| (CHANGING.contains(&verb), LOOKING.contains(&verb)));
    let first = known
        .into_iter()
        .find(|(changes, looks)| *changes || *looks);
    first.is_some_and(|(changes, _)| changes)
}

/// `createIssue` as `create issue`.
fn spaced(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_lower {
            spaced.push(' ');
        }
        was_lower = letter.is_lowercase();
        spaced.extend(letter.to_lowercase());
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::changes_something;

    #[test]
    fn the_first_verb_of_a_name_says_whether_a_tool_changes_something() {
        for tool in [
            "cancel_pending_order",
            "github.create_issue",
            "WriteFile",
            "db.insert_rows",
        ] {
            assert!(changes_something(tool), "{tool}");
        }
        for tool in [
            "get_order_updates",
            "searchPosts",
            "find_cancelled",
            "weather",
            "",
        ] {
            assert!(!changes_something(tool), "{tool}");
        }
    }
}
