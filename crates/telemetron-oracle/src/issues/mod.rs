//! Issues: what is wrong, as small pure functions from what the sources told to findings.
//!
//! A rule looks at facts, state and thresholds, and at nothing else. It finds nothing on a healthy
//! system. Each finding names its subject, says one sentence with numbers, since when, what to
//! follow, and the call that tells more.

mod agents;
mod backlog;
mod deadlock;
mod finding;
mod handoffs;
mod ingest;
mod jumps;
mod models;
mod pods;
mod spans;
mod tasks;
mod tools;
mod traces;

pub(crate) use finding::{Finding, latest, latest_of};

use telemetron_view::oracle::SystemState;

use crate::Thresholds;
use crate::facts::Facts;

/// A rule.
type Rule = fn(&Facts, &SystemState, &Thresholds) -> Vec<Finding>;

const RULES: &[Rule] = &[
    tasks::failed,
    tasks::stuck,
    backlog::waiting,
    tasks::blocked,
    agents::overloaded,
    agents::silent,
    agents::unhealthy,
    spans::stuck,
    deadlock::waiting_for_each_other,
    pods::pending,
    pods::failed,
    pods::crash_looping,
    pods::killed_for_memory,
    pods::not_ready,
    pods::stalled,
    models::near_limit,
    models::rate_limited,
    models::context_exhausted,
    jumps::error_rates,
    jumps::latencies,
    jumps::costs,
    handoffs::to_and_fro,
    tools::again_and_again,
    traces::orphans,
    traces::retries_exhausted,
    ingest::lagging,
    ingest::rejected_records,
    ingest::queues_lagging,
];

/// Everything that any rule finds.
pub(crate) fn find(facts: &Facts, state: &SystemState, thresholds: &Thresholds) -> Vec<Finding> {
    let found = RULES.iter().flat_map(|rule| rule(facts, state, thresholds));
    found.collect()
}
#[cfg(test)]
pub(crate) mod support;
#[cfg(test)]
mod tests;
