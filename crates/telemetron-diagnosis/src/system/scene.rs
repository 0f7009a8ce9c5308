//! The time of a failure as the memory holds it, and how near and how they are related to it.

use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::record::Resource;
use telemetron_store::memory::Snapshot;
use telemetron_view::oracle::{AgentState, SourceName, SourceStatus, WorkloadState};
use telemetron_view::seconds_of;

use super::{Focus, Memory};

pub(super) const SECOND: i64 = 1_000_000_000;

/// A state that is older tells nothing of a moment: one is kept every minute while gauges move.
const FRESH: Duration = Duration::from_mins(5);

/// Clocks of machines differ, and a cluster tells its times in whole seconds.
const CLOCKS_NS: i64 = 2 * SECOND;

/// How near something stands to what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// It has nothing to do with the trace, as far as is known.
    Unrelated,
    /// Another agent or call of the trace uses it.
    Involved,
    /// The failing agent's deployment, though another pod of it.
    Sibling,
    /// What failed ran in it, or called it.
    Own,
}

/// What is known of the time of a failure.
pub(super) struct Scene<'a> {
    pub(super) focus: &'a Focus,
    pub(super) memory: &'a Memory,
    /// The pod that the failing span ran in.
    pub(super) pod: Option<&'a str>,
    /// The deployment that the failing agent runs in.
    pub(super) deployment: Option<&'a str>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        focus: &'a Focus,
        memory: &'a Memory,
        resource: Option<&'a Resource>,
    ) -> Self {
        let mut scene = Self {
            focus,
            memory,
            pod: resource.and_then(|resource| resource.pod.as_deref()),
            deployment: resource.and_then(|resource| resource.deployment.as_deref()),
        };
        scene.deployment = scene.deployment.or_else(|| scene.looked_up());
        scene
    }

    /// The deployment of the failing agent, as the state of that time has it.
    fn looked_up(&self) -> Option<&'a str> {
        let state = &self.memory.snapshots.last()?.state;
        let agent = self.focus.agent.as_deref();
        let holds = |workload: &&WorkloadState| {
            let mut pods = workload.pods.iter();
            self.pod.is_some() && pods.any(|pod| Some(pod.pod_id.as_str()) == self.pod)
                || agent.is_some() && labeled(workload) == agent
        };
        let workload = state.workload.iter().find(holds);
        let named = workload.map(|workload| workload.deployment_name.as_str());
        named.or_else(|| deployment_of(&state.agents, agent?))
    }

    /// The state of the moment itself: the last that was taken before it, if that is not too old.
    pub(super) fn then(&self) -> Option<&'a Snapshot> {
        let before = self.memory.snapshots.iter().rev();
        let mut before = before.filter(|snapshot| snapshot.taken_at <= self.focus.at);
        let last = before.next()?;
        (self.focus.at.duration_since(last.taken_at) <= FRESH).then_some(last)
    }

    /// How a workload is related to what failed.
    pub(super) fn relation_of(&self, workload: &WorkloadState) -> Relation {
        let name = workload.deployment_name.as_str();
        if self.deployment == Some(name) {
            return Relation::Own;
        }
        let part = |agent: &String| {
            labeled(workload) == Some(agent)
                || self.memory.snapshots.last().is_some_and(|snapshot| {
                    deployment_of(&snapshot.state.agents, agent) == Some(name)
                })
        };
        if self.focus.agents.iter().any(part) {
            Relation::Involved
        } else {
            Relation::Unrelated
        }
    }

    /// How a model is related to what failed.
    pub(super) fn relation_of_model(&self, model: &str) -> Relation {
        let called = |name: &String| is_same_model(name, model);
        if self.focus.model.as_ref().is_some_and(called) {
            Relation::Own
        } else if self.focus.models.iter().any(called) {
            Relation::Involved
        } else {
            Relation::Unrelated
        }
    }

    /// Nanoseconds from something to the moment: more than none when it came before.
    pub(super) const fn before(&self, at: Timestamp) -> i64 {
        self.focus.at.since(at)
    }

    /// How near something is in time, from 0 to 1: half a minute before is two thirds. What came
    /// afterwards counts half: it is a witness, no cause.
    pub(super) fn nearness(&self, at: Timestamp) -> f64 {
        let before = self.before(at);
        let minutes = seconds_of(before.saturating_abs()) / 60.0;
        let near = 1.0 / (1.0 + minutes);
        if before < -CLOCKS_NS {
            near / 2.0
        } else {
            near
        }
    }

    /// `12 s before the failure`.
    pub(super) fn when(&self, at: Timestamp) -> String {
        let before = self.before(at);
        let side = if before < 0 { "after" } else { "before" };
        format!("{} {side} {}", length(before), self.focus.what)
    }

    /// The source's word in the state of the moment: whether it told, and why not.
    pub(super) fn silence(&self, name: SourceName) -> Option<String> {
        let sources = self.then()?.state.sources.as_deref()?;
        let source = sources.iter().find(|source| source.name == name)?;
        let is_silent = matches!(source.status, SourceStatus::Absent | SourceStatus::Starting);
        let why = || source.reason.clone();
        is_silent.then(|| why().unwrap_or_else(|| "nobody said why".to_owned()))
    }
}

impl Relation {
    /// How much it matters, from 0 to 1.
    pub(super) const fn weight(self) -> f64 {
        match self {
            Self::Own => 1.0,
            Self::Sibling => 0.7,
            Self::Involved => 0.5,
            Self::Unrelated => 0.2,
        }
    }
}

/// The agent that a workload carries, by its label.
pub(super) fn labeled(workload: &WorkloadState) -> Option<&str> {
    workload.detail.as_ref()?.agent.as_deref()
}

fn deployment_of<'a>(agents: &'a [AgentState], name: &str) -> Option<&'a str> {
    let agent = agents.iter().find(|agent| agent.name == name)?;
    agent.deployment()
}

/// A proxy may put its provider in front: `openai/gpt-5`.
fn is_same_model(one: &str, other: &str) -> bool {
    let tail = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    one == other || (one.contains('/') != other.contains('/') && tail(one) == tail(other))
}

/// A stretch of time for people: `2.4 s`, `42 s`, `3 min 05 s`, `2.5 h`.
pub(super) fn length(nanos: i64) -> String {
    let seconds = seconds_of(nanos.saturating_abs());
    match seconds {
        ..10.0 => format!("{seconds:.1} s"),
        10.0..120.0 => format!("{seconds:.0} s"),
        120.0..7200.0 => {
            let whole = seconds.round();
            format!("{:.0} min {:02.0} s", (whole / 60.0).floor(), whole % 60.0)
        }
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}
