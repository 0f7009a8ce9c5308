//! The life of an issue: opened when a rule finds it, open while it does, resolved when not.
//!
//! An issue of a source that does not tell now is neither found nor gone: it stays as it was, and
//! says since when nobody could check it. One whose source nobody wants asked any more is given up,
//! and so is one that nobody could check for as long as the memory reaches.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use telemetron_model::Timestamp;
use telemetron_view::oracle::{
    Issue, IssueChange, IssueKind, SourceName, SourceState, SourceStatus, TimelineItem, Unchecked,
};

use crate::facts::Facts;
use crate::issues::Finding;
use crate::words::ago;

/// What begins the note on an issue that nobody can check.
const NOTE: &str = " (not checked for ";

/// What is wrong now, from what was and what is found; the worst and oldest first.
///
/// `longest` is how long an issue stays open that nobody can check, in nanoseconds.
pub(crate) fn merge(
    mut open: BTreeMap<String, Issue>,
    found: Vec<Finding>,
    facts: &Facts,
    longest: i64,
) -> Vec<Issue> {
    let mut issues: BTreeMap<String, Issue> = BTreeMap::new();
    for finding in found {
        let id = finding.id();
        let before = open.remove(&id);
        let known = issues.get(&id).map(|issue| issue.first_seen.0);
        let first_seen = before.map(|issue| issue.first_seen.0).or(known);
        let issue = finding.into_issue(first_seen.unwrap_or(facts.now), facts.now);
        // Two findings of one id are the same thing seen twice: the worse one stands.
        let worse = issues
            .get(&id)
            .is_none_or(|known| known.severity < issue.severity);
        if worse {
            issues.insert(id, issue);
        }
    }
    let rest = open.into_iter();
    let stays = rest.filter_map(|(id, issue)| Some((id, unfound(issue, facts, longest)?)));
    issues.extend(stays);
    let mut issues: Vec<_> = issues.into_values().collect();
    let rank = |issue: &Issue| (Reverse(issue.severity), issue.since.0, issue.id.clone());
    issues.sort_by_cached_key(rank);
    issues
}

/// An issue that no rule finds, if it stays open.
fn unfound(mut issue: Issue, facts: &Facts, longest: i64) -> Option<Issue> {
    if is_unknown(&issue, facts) {
        let unknown = facts.now.since(issue.last_seen.0);
        return (unknown <= longest).then_some(issue);
    }
    let silent = silent(&issue, &facts.sources)?;
    if let Some(unchecked) = unchecked(&issue, silent) {
        let unknown = facts.now.since(unchecked.since.0);
        if !silent.configured || unknown > longest {
            return None;
        }
        issue.unchecked = Some(unchecked);
    }
    Some(issue)
}

/// Whether the source of an issue tells, but not what the issue is about: how much waits to be stored
/// stands in Kafka and in the database, and one of them may be away for a moment.
fn is_unknown(issue: &Issue, facts: &Facts) -> bool {
    let kafka = facts.kafka.as_deref();
    issue.kind == IssueKind::IngestionLag && kafka.is_some_and(|kafka| kafka.ingest.is_none())
}

/// A source that does not tell now, without which nobody knows whether an issue still stands.
fn silent<'a>(issue: &Issue, sources: &'a [SourceState]) -> Option<&'a SourceState> {
    let told = [issue.kind.source()];
    // Those that were remembered before this was told name no sources.
    let needed: &[SourceName] = match issue.sources.as_slice() {
        [] => &told,
        named => named,
    };
    let silent = |source: &&SourceState| {
        needed.contains(&source.name) && source.status != SourceStatus::Fresh
    };
    // One that nobody asks any more decides alone.
    let silent = sources.iter().filter(silent);
    silent.min_by_key(|source| (source.configured, source.name))
}

/// Why nobody can check an issue, unless its source is expected to tell in a moment.
fn unchecked(issue: &Issue, source: &SourceState) -> Option<Unchecked> {
    if source.status != SourceStatus::Absent {
        return None;
    }
    let before = issue.unchecked.as_ref().map(|unchecked| unchecked.since);
    let told = source.updated_at.filter(|at| at.0 >= issue.last_seen.0);
    Some(Unchecked {
        source: source.name,
        since: before.or(told).unwrap_or(issue.last_seen),
        why: source.reason.clone().unwrap_or_default(),
    })
}

/// An open issue as it is told: its sentence says if nobody could check it.
pub(crate) fn told(mut issue: Issue, now: Timestamp) -> Issue {
    if let Some(unchecked) = &issue.unchecked {
        let Unchecked { source, since, why } = unchecked;
        let since = ago(since.0, now);
        issue.summary += &format!("{NOTE}{since}: {source} is absent, {why})");
    }
    issue
}

/// What the sentence of an issue says of its subject alone.
fn sentence(issue: &Issue) -> &str {
    let whole = issue.summary.as_str();
    let noted = issue
        .unchecked
        .as_ref()
        .and_then(|_| whole.rsplit_once(NOTE));
    noted.map_or(whole, |(sentence, _note)| sentence)
}

/// A resolved issue as it is told: its sentence says if it was given up rather than gone.
fn given_up(mut issue: Issue, sources: &[SourceState]) -> Issue {
    issue.summary = sentence(&issue).to_owned();
    let silent = silent(&issue, sources);
    let reason = silent.and_then(|source| Some((source, unchecked(&issue, source)?)));
    let Some((source, unchecked)) = reason else {
        return issue;
    };
    let Unchecked {
        source: name,
        since,
        why,
    } = &unchecked;
    issue.summary += &match source.configured {
        true => format!(" (given up: {name} is absent since {}, {why})", since.0),
        false => format!(" (given up: {name} is not asked any more, {why})"),
    };
    issue.unchecked = Some(unchecked);
    issue
}

/// What became of issues between two moments; the sources are those of the later one.
pub(crate) fn changes(
    before: &[Issue],
    after: &[Issue],
    sources: &[SourceState],
    at: Timestamp,
) -> Vec<TimelineItem> {
    let by_id = |issues: &[Issue]| -> BTreeMap<String, Issue> {
        let pairs = issues.iter().map(|issue| (issue.id.clone(), issue.clone()));
        pairs.collect()
    };
    let mut before = by_id(before);
    let item = |change, was, issue| TimelineItem {
        at: at.into(),
        change,
        was,
        issue,
    };
    let mut items = Vec::new();
    for issue in after {
        match before.remove(&issue.id) {
            None => items.push(item(IssueChange::Opened, None, issue.clone())),
            Some(known) if known.severity != issue.severity => {
                let was = Some(known.severity);
                items.push(item(IssueChange::Changed, was, issue.clone()));
            }
            Some(_) => {}
        }
    }
    for issue in before.into_values() {
        let issue = given_up(issue, sources);
        items.push(item(IssueChange::Resolved, None, issue));
    }
    items
}

#[cfg(test)]
mod tests;
