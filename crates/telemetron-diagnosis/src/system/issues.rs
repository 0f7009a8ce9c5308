//! Issues that were open when something failed, beyond what the other remarks tell.

use std::collections::{BTreeMap, BTreeSet};

use telemetron_model::Timestamp;
use telemetron_model::record::{ErrorCategory, Severity};
use telemetron_view::oracle::{
    EvidenceKind, Issue, IssueChange, IssueKind, SourceName, SubjectKind,
};
use telemetron_view::{Confidence, Next};

use super::SystemRemark;
use super::scene::{Relation, SECOND, Scene};
use crate::words;

/// An issue that began this long after the moment is none of it.
const AFTER_NS: i64 = 5 * SECOND;

/// Most issues that are told.
const MOST: usize = 4;

/// What other remarks cover already.
#[derive(Debug, Default)]
pub(super) struct Covered {
    pub(super) pods: BTreeSet<String>,
    pub(super) models: BTreeSet<String>,
}

/// An issue that was open, and when it is known to have been.
struct Open<'a> {
    issue: &'a Issue,
    seen: Timestamp,
}

pub(super) fn remarks(scene: &Scene<'_>, covered: &Covered) -> Vec<SystemRemark> {
    let open = open(scene);
    let new = open
        .values()
        .filter(|open| !is_covered(open.issue, covered));
    let new = new.filter(|open| !is_of_others(scene, open.issue));
    let mut remarks: Vec<_> = new.map(|open| remark(scene, open)).collect();
    remarks.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    remarks.truncate(MOST);
    remarks
}

/// Issues that were open at the moment: those of the state then, and those that were noticed a
/// little later but had begun before.
fn open<'a>(scene: &Scene<'a>) -> BTreeMap<&'a str, Open<'a>> {
    let then = scene.then().into_iter().flat_map(|then| {
        let seen = then.taken_at;
        then.issues.iter().map(move |issue| Open { issue, seen })
    });
    let later = scene.memory.changes.iter();
    let later = later.filter(|item| item.change == IssueChange::Opened);
    let later = later.map(|item| Open {
        issue: &item.issue,
        seen: item.at.0,
    });
    let mut open: BTreeMap<&str, Open<'_>> = BTreeMap::new();
    for seen in then.chain(later) {
        let issue = seen.issue;
        let had_begun = scene.before(issue.since.0) >= -AFTER_NS;
        if had_begun && !is_of_this_trace(scene, issue) && !was_resolved(scene, issue) {
            open.entry(&issue.id).or_insert(seen);
        }
    }
    open
}

/// Whether an issue had ended before the moment.
fn was_resolved(scene: &Scene<'_>, issue: &Issue) -> bool {
    let mut changes = scene.memory.changes.iter().rev();
    let last = changes.find(|item| item.issue.id == issue.id && item.at.0 <= scene.focus.at);
    last.is_some_and(|item| item.change == IssueChange::Resolved && item.at.0 >= issue.since.0)
}

/// Whether an issue is a symptom of the trace itself, and of no other: its spans tell more.
fn is_of_this_trace(scene: &Scene<'_>, issue: &Issue) -> bool {
    let own: Vec<_> = scene.focus.traces.iter().map(ToString::to_string).collect();
    let traces = issue.evidence.iter().filter(|evidence| {
        matches!(
            evidence.kind,
            EvidenceKind::Trace | EvidenceKind::Span | EvidenceKind::Handoff
        )
    });
    let mut traces = traces.peekable();
    traces.peek().is_some()
        && traces.all(|evidence| own.iter().any(|own| evidence.id.starts_with(own)))
}

/// Whether an issue is one of an agent, model or tool that has no part in the trace.
fn is_of_others(scene: &Scene<'_>, issue: &Issue) -> bool {
    let is_a_part = matches!(
        issue.subject_kind,
        SubjectKind::Agent | SubjectKind::Model | SubjectKind::Tool
    );
    is_a_part && relation(scene, issue) == Relation::Unrelated
}

fn is_covered(issue: &Issue, covered: &Covered) -> bool {
    match issue.kind {
        IssueKind::ModelNearLimit => covered.models.contains(&issue.subject),
        IssueKind::PodCrashLoop | IssueKind::PodOomKilled | IssueKind::PodFailed => {
            covered.pods.contains(&issue.subject)
        }
        _ => false,
    }
}

fn remark(scene: &Scene<'_>, open: &Open<'_>) -> SystemRemark {
    let issue = open.issue;
    let relation = relation(scene, issue);
    // It was open at the moment, unless it began a little later.
    let nearest = issue.since.0.max(scene.focus.at);
    let weight = relation.weight() * gravity(issue.severity) * scene.nearness(nearest);
    let sentence = format!(
        "Issue `{}` ({}) was open since {}: {}.",
        words::short(&issue.id, 80),
        issue.severity,
        scene.when(issue.since.0),
        words::short(issue.summary.trim_end_matches('.'), 240)
    );
    let call = Next::Issues {
        at: open.seen.into(),
    };
    let remark = SystemRemark::new(sentence, weight, call);
    match cause(scene, issue, relation) {
        Some((score, confidence)) => remark.suspect(score + 0.25 * weight, confidence),
        None => remark,
    }
}

const fn gravity(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 1.0,
        Severity::Error => 0.9,
        Severity::Warning => 0.7,
        Severity::Info | Severity::Debug => 0.4,
    }
}

/// How the subject of an issue is related to what failed.
fn relation(scene: &Scene<'_>, issue: &Issue) -> Relation {
    let (focus, subject) = (scene.focus, &issue.subject);
    match issue.subject_kind {
        SubjectKind::Model => scene.relation_of_model(subject),
        SubjectKind::Agent if focus.agent.as_ref() == Some(subject) => Relation::Own,
        SubjectKind::Agent if focus.agents.contains(subject) => Relation::Involved,
        SubjectKind::Tool if focus.tool.as_ref() == Some(subject) => Relation::Own,
        SubjectKind::Tool if focus.tools.contains(subject) => Relation::Involved,
        SubjectKind::Pod if scene.pod == Some(subject.as_str()) => Relation::Own,
        SubjectKind::Pod | SubjectKind::Deployment => kin_of_workload(scene, subject),
        // What concerns everything concerns the trace, too.
        SubjectKind::System => Relation::Involved,
        _ => Relation::Unrelated,
    }
}

fn kin_of_workload(scene: &Scene<'_>, subject: &str) -> Relation {
    let snapshots = scene.memory.snapshots.iter();
    let workload = snapshots.flat_map(|snapshot| &snapshot.state.workload);
    let holds = workload.filter(|workload| {
        let mut pods = workload.pods.iter();
        workload.deployment_name == subject || pods.any(|pod| pod.pod_id == subject)
    });
    let relation = holds.map(|workload| scene.relation_of(workload)).max();
    match relation.unwrap_or(Relation::Unrelated) {
        Relation::Own if scene.deployment != Some(subject) => Relation::Sibling,
        relation => relation,
    }
}

/// What an issue can have done to what failed: none when it is only told beside it.
fn cause(scene: &Scene<'_>, issue: &Issue, relation: Relation) -> Option<(f64, Confidence)> {
    let category = scene.focus.category;
    let is_refusal = category == Some(ErrorCategory::Llm);
    match (relation, issue.kind) {
        (Relation::Own, IssueKind::RateLimited | IssueKind::ModelNearLimit) if is_refusal => {
            Some((0.6, Confidence::Likely))
        }
        (Relation::Own, IssueKind::ContextExhausted) if is_refusal => {
            Some((0.5, Confidence::Possible))
        }
        (
            Relation::Own,
            IssueKind::RateLimited
            | IssueKind::ModelNearLimit
            | IssueKind::OverloadedAgent
            | IssueKind::SilentAgent
            | IssueKind::UnhealthyAgent
            | IssueKind::ErrorRateJump
            | IssueKind::LatencyJump,
        ) => Some((0.4, Confidence::Possible)),
        (Relation::Own | Relation::Sibling, kind) if kind.source() == SourceName::Kubernetes => {
            Some((0.4, Confidence::Possible))
        }
        _ => None,
    }
}
