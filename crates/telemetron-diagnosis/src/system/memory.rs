//! The Oracle's memory around a failure: a handful of states, and what became of issues.

use telemetron_model::record::Resource;
use telemetron_store::memory::{Frame, Snapshot};
use telemetron_view::oracle::{SourceName, TimelineItem};

use super::scene::{Scene, length};
use super::{Focus, SystemRemark, issues, models, pods, queues, rollouts};
use crate::words;

/// The sources without which something cannot be told, and what.
const NEEDED: [(SourceName, &str, &str); 5] = [
    (SourceName::Kubernetes, "Kubernetes", "pods and rollouts"),
    (
        SourceName::LiteLlm,
        "the LiteLLM proxy",
        "the limits of models",
    ),
    (
        SourceName::Kafka,
        "Kafka",
        "the lags of queues and of ingestion",
    ),
    (SourceName::Telemetry, "the telemetry", "agents and tasks"),
    (
        SourceName::Traces,
        "the look at recent traces",
        "rate limits",
    ),
];

/// What the Oracle remembers of the time around a failure.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// States, earliest first.
    pub(super) snapshots: Vec<Snapshot>,
    /// What became of issues, earliest first.
    pub(super) changes: Vec<TimelineItem>,
    /// States that are damaged.
    unreadable: usize,
}

impl Memory {
    /// Opens what was read of a memory. A damaged state is left out, and the answer says so.
    pub fn open(frames: &[Frame], changes: Vec<TimelineItem>) -> Self {
        let opened: Vec<_> = frames.iter().map(Frame::open).collect();
        for error in opened.iter().filter_map(|opened| opened.as_ref().err()) {
            tracing::warn!(%error, "a snapshot of the Oracle cannot be read");
        }
        let snapshots: Vec<_> = opened.into_iter().filter_map(Result::ok).collect();
        Self::of(snapshots, changes).without(frames.len())
    }

    /// A memory of these states, the earliest first, and of what became of issues.
    pub const fn of(snapshots: Vec<Snapshot>, changes: Vec<TimelineItem>) -> Self {
        Self {
            snapshots,
            changes,
            unreadable: 0,
        }
    }

    /// Adds the present, which is no memory yet, where it shows what came after a failure.
    pub fn add_present(&mut self, present: Snapshot) {
        let last = self.snapshots.last().map(|last| last.taken_at);
        if last.is_none_or(|last| last < present.taken_at) {
            self.snapshots.push(present);
        }
    }

    fn without(mut self, read: usize) -> Self {
        self.unreadable = read - self.snapshots.len();
        self
    }

    /// Whether a state of that moment is known.
    pub(super) fn knows(&self, focus: &Focus) -> bool {
        Scene::new(focus, self, None).then().is_some()
    }

    /// What is worth knowing of that time.
    pub(super) fn remarks(&self, focus: &Focus, resource: Option<&Resource>) -> Vec<SystemRemark> {
        let scene = Scene::new(focus, self, resource);
        let mut covered = issues::Covered::default();
        let mut remarks = pods::remarks(&scene, &mut covered);
        remarks.extend(rollouts::remarks(&scene));
        remarks.extend(models::remarks(&scene, &mut covered));
        remarks.extend(queues::remark(&scene));
        remarks.extend(issues::remarks(&scene, &covered));
        remarks
    }

    /// What is not known of that time, and why.
    pub(super) fn absent(&self, focus: &Focus) -> Vec<String> {
        let scene = Scene::new(focus, self, None);
        let mut absent = Vec::new();
        if self.unreadable > 0 {
            let count = self.unreadable;
            absent.push(format!("{count} states of that time cannot be read"));
        }
        if scene.then().is_none() {
            absent.push(self.silent(&scene));
            return absent;
        }
        for (name, who, what) in NEEDED {
            if let Some(why) = scene.silence(name) {
                let why = words::short(&why, 120);
                absent.push(format!(
                    "{what} are not known: {who} did not tell then ({why})"
                ));
            }
        }
        absent
    }

    /// Why nothing is known of the moment at all.
    fn silent(&self, scene: &Scene<'_>) -> String {
        let what = "pods, queues and the limits of models are not known";
        let before = self.snapshots.iter().rev();
        let mut before = before.filter(|snapshot| snapshot.taken_at <= scene.focus.at);
        match before.next() {
            Some(last) => format!(
                "the Oracle's last state before then was taken {} earlier: {what}",
                length(scene.before(last.taken_at))
            ),
            None => format!("the Oracle remembers no state of that time: {what}"),
        }
    }
}
