//! Deployments that were rolled out shortly before a failure.

use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_view::oracle::{OwnerKind, WorkloadState};
use telemetron_view::{Confidence, Next, seconds_of};

use super::SystemRemark;
use super::scene::{Relation, SECOND, Scene};
use crate::words;

/// A rollout this long before a failure is told.
const BEFORE_NS: i64 = 1_800 * SECOND;

pub(super) fn remarks(scene: &Scene<'_>) -> Vec<SystemRemark> {
    let state = scene.memory.snapshots.iter().rev().find(|snapshot| {
        // The first state after the moment may know of a rollout that began right before it.
        snapshot.taken_at <= scene.focus.at + Duration::from_secs(15)
    });
    let workload = state
        .into_iter()
        .flat_map(|snapshot| &snapshot.state.workload);
    workload
        .filter_map(|workload| rolled_out(scene, workload))
        .collect()
}

fn rolled_out(scene: &Scene<'_>, workload: &WorkloadState) -> Option<SystemRemark> {
    let detail = workload.detail.as_ref()?;
    let at = workload.live.rolled_out_at?.0;
    let before = scene.before(at);
    // Of a set or a lone pod only the birth is known.
    let counts = detail.kind == OwnerKind::Deployment && (0..=BEFORE_NS).contains(&before);
    if !counts {
        return None;
    }
    let relation = scene.relation_of(workload);
    let changed = image_before(scene, workload, at);
    let sentence = format!(
        "Deployment `{}`{} was rolled out {}{}.",
        workload.deployment_name,
        whose(scene, relation),
        scene.when(at),
        images(changed, workload.live.image.as_deref())
    );
    let weight = relation.weight() * lateness(before);
    let remark = SystemRemark::new(sentence, weight, diff_call(scene, at));
    Some(if relation == Relation::Own {
        remark.suspect(0.4 + 0.25 * weight, Confidence::Possible)
    } else {
        remark
    })
}

/// How much a rollout still counts, from 0 to 1: what is new stays suspect for half an hour.
fn lateness(before: i64) -> f64 {
    (1.0 - seconds_of(before) / seconds_of(BEFORE_NS)).clamp(0.0, 1.0) * 0.8
}

/// The image that ran before the rollout, where a state of that time is known.
fn image_before<'a>(scene: &Scene<'a>, workload: &WorkloadState, at: Timestamp) -> Option<&'a str> {
    let before = scene.memory.snapshots.iter().rev();
    let mut before = before.filter(|snapshot| snapshot.taken_at < at);
    let mut known = before.next()?.state.workload.iter();
    let known = known.find(|known| known.deployment_name == workload.deployment_name)?;
    known.live.image.as_deref()
}

fn images(before: Option<&str>, after: Option<&str>) -> String {
    let short = |image: &str| words::short(image, 80);
    match (before, after) {
        (Some(before), Some(after)) if before == after => {
            format!(", with the same image `{}`", short(after))
        }
        (Some(before), Some(after)) => {
            format!(", from image `{}` to `{}`", short(before), short(after))
        }
        (None, Some(after)) => format!(", with image `{}`", short(after)),
        (_, None) => String::new(),
    }
}

fn whose(scene: &Scene<'_>, relation: Relation) -> String {
    match (relation, scene.focus.agent.as_deref()) {
        (Relation::Own, Some(agent)) => format!(", which {agent} runs in,"),
        (Relation::Involved, _) => ", which another agent of the trace runs in,".to_owned(),
        _ => String::new(),
    }
}

/// What changed from a little before the rollout until the moment.
fn diff_call(scene: &Scene<'_>, at: Timestamp) -> Next {
    Next::Diff {
        from: (at - Duration::from_mins(1)).into(),
        to: scene.focus.at.into(),
    }
}
