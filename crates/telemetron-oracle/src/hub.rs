//! The state hub: what each source told last, and what follows from all of it.
//!
//! ```text
//!  sources ──observe, fail──▶ observations ──marked──▶ publish (one task) ──▶ SystemSnapshot ──▶ readers
//! ```
//!
//! A source only leaves its observation and marks that there is one; state and issues are made by one
//! task, for all that came meanwhile, so that no source waits for it and a reader finds them made. A
//! source that fails keeps its last word for a while, marked stale, and is absent then.
//!
//! A process that does not collect shows what the one that does knows ([`StateHub::adopt`]). When it
//! takes over, that stands until its own sources have told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_view::oracle::{Issue, SourceName, SourceStatus};
use tokio::sync::{Notify, watch};

use crate::assemble;
use crate::facts::Facts;
use crate::issues;
use crate::lifecycle;
use crate::observation::Observation;
use crate::settled;
use crate::source_health::SourceHealth;
use crate::system_snapshot::SystemSnapshot;
use crate::{Error, OracleConfig};

/// For how long what another process knew may stand in for sources that have not told yet.
const HANDOVER: Duration = Duration::from_secs(30);

/// What each source told last. Clones share it.
#[derive(Clone)]
pub(crate) struct StateHub(Arc<Shared>);

struct Shared {
    config: OracleConfig,
    observed: Mutex<Observed>,
    /// The issues that are open; apart from what was observed, so that nobody who observes waits
    /// while issues are made.
    open: Mutex<BTreeMap<String, Issue>>,
    marked: Notify,
    now: watch::Sender<Arc<SystemSnapshot>>,
    /// Whether what there is now was adopted.
    adopted: AtomicBool,
}

/// What the sources told, and how they stand.
struct Observed {
    facts: Facts,
    sources: BTreeMap<SourceName, SourceHealth>,
}

impl StateHub {
    /// A hub that waits for these sources; each one's word lasts so long.
    pub(crate) fn new(config: OracleConfig, sources: &[(SourceName, Duration)]) -> Self {
        let sources = sources.iter();
        let observed = Observed {
            facts: Facts::none(Timestamp::now()),
            sources: sources
                .map(|(name, lasts)| (*name, SourceHealth::nothing(*lasts)))
                .collect(),
        };
        let hub = Self(Arc::new(Shared {
            config,
            observed: Mutex::new(observed),
            open: Mutex::default(),
            marked: Notify::new(),
            now: watch::Sender::new(Arc::new(SystemSnapshot::starting())),
            adopted: AtomicBool::new(false),
        }));
        hub.publish();
        hub
    }

    /// What there is now.
    pub(crate) fn now(&self) -> Arc<SystemSnapshot> {
        Arc::clone(&self.0.now.borrow())
    }

    /// Told of each change.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<SystemSnapshot>> {
        self.0.now.subscribe()
    }

    /// Takes what a source told.
    pub(crate) fn observe(&self, observation: Observation, took: Duration) {
        let partial_reason = observation.partial_reason();
        let mut observed = lock(&self.0.observed);
        let name = observed.facts.take(observation);
        let source = observed.sources.entry(name).or_default();
        source.succeed(took, partial_reason);
        self.0.marked.notify_one();
    }

    /// Takes why a source does not tell.
    pub(crate) fn fail(&self, name: SourceName, error: &Error) {
        let mut observed = lock(&self.0.observed);
        observed.sources.entry(name).or_default().fail(error);
        self.0.marked.notify_one();
    }

    /// Shows what the process that collects knows; what was observed here is over.
    pub(crate) fn adopt(&self, snapshot: SystemSnapshot) {
        lock(&self.0.observed).reset();
        let open = snapshot.issues.iter();
        *lock(&self.0.open) = open
            .map(|issue| (issue.id.clone(), issue.clone()))
            .collect();
        self.0.adopted.store(true, Ordering::Relaxed);
        self.0.now.send_replace(Arc::new(snapshot));
    }

    /// When what was adopted was put together; none when what there is now was observed here.
    pub(crate) fn adopted_at(&self) -> Option<Timestamp> {
        let adopted = self.0.adopted.load(Ordering::Relaxed);
        adopted.then(|| self.now().at)
    }

    /// Learns since when issues are open that another process noticed first.
    pub(crate) fn recall(&self, issues: Vec<Issue>) {
        let mut open = lock(&self.0.open);
        for issue in issues {
            let known = open.entry(issue.id.clone());
            let known = known.or_insert_with(|| issue.clone());
            known.first_seen.0 = known.first_seen.0.min(issue.first_seen.0);
            known.last_seen.0 = known.last_seen.0.max(issue.last_seen.0);
            known.unchecked = known.unchecked.take().or(issue.unchecked);
        }
    }

    /// Publishes whenever something was observed, until dropped. Cancel-safe: what is marked and not
    /// published yet is published by whoever calls this next.
    pub(crate) async fn keep_publishing(self) {
        loop {
            self.0.marked.notified().await;
            self.publish();
        }
    }

    /// Makes the state and the issues of what was observed, and shows them.
    pub(crate) fn publish(&self) {
        let now = Timestamp::now();
        let facts = lock(&self.0.observed).at(now);
        if self.0.adopted.load(Ordering::Relaxed)
            && !facts.is_warm()
            && now.duration_since(self.now().at) < HANDOVER
        {
            return;
        }
        let mut state = assemble::state(&facts, &self.0.config);
        settled::keep_times(&self.0.now.borrow().state, &mut state);
        let found = issues::find(&facts, &state, &self.0.config.thresholds);
        let longest = self.0.config.history_ns();
        let issues = {
            let mut open = lock(&self.0.open);
            let issues = lifecycle::merge(std::mem::take(&mut *open), found, &facts, longest);
            let by_id = issues.iter().map(|issue| (issue.id.clone(), issue.clone()));
            *open = by_id.collect();
            issues
        };
        state.status = Some(telemetron_view::oracle::SystemStatus::of(&issues));
        let issues = issues.into_iter().map(|issue| lifecycle::told(issue, now));
        let seen = SystemSnapshot::new(state, issues.collect(), facts.is_warm(), now);
        self.0.adopted.store(false, Ordering::Relaxed);
        self.0.now.send_replace(Arc::new(seen));
    }
}

impl Observed {
    /// Forgets what the sources told: they begin anew.
    fn reset(&mut self) {
        self.facts = Facts::none(Timestamp::now());
        for health in self.sources.values_mut() {
            *health = health.anew();
        }
    }

    /// What is known now; the last word of a source that is absent by now is dropped.
    fn at(&mut self, now: Timestamp) -> Facts {
        let sources = self.sources.iter();
        let sources: Vec<_> = sources
            .map(|(name, health)| health.state(*name, now))
            .collect();
        let absent = sources
            .iter()
            .filter(|source| source.status == SourceStatus::Absent);
        for source in absent {
            self.facts.forget(source.name);
        }
        self.facts.now = now;
        self.facts.sources = sources;
        self.facts.clone()
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Cluster, KnownModel, Lags, Telemetry};

    fn hub() -> StateHub {
        let lasts = Duration::from_secs(60);
        let sources = [(SourceName::Telemetry, lasts), (SourceName::Ollama, lasts)];
        StateHub::new(OracleConfig::default(), &sources)
    }

    fn away(why: &str) -> Error {
        Error::Absent(why.to_owned())
    }

    fn status(hub: &StateHub, name: SourceName) -> (SourceStatus, Option<String>) {
        hub.publish();
        let now = hub.now();
        let sources = now.state.sources.clone().unwrap();
        let source = sources.into_iter().find(|source| source.name == name);
        source.map(|source| (source.status, source.reason)).unwrap()
    }

    #[test]
    fn a_source_is_starting_until_it_tells_and_absent_with_its_reason_when_it_never_did() {
        let hub = hub();
        let (before, _) = status(&hub, SourceName::Telemetry);
        assert_eq!(before, SourceStatus::Starting);
        assert!(!hub.now().warm);
        hub.observe(Observation::Telemetry(Telemetry::default()), Duration::ZERO);
        hub.fail(SourceName::Ollama, &away("connection refused"));
        let fresh = status(&hub, SourceName::Telemetry);
        assert_eq!(fresh, (SourceStatus::Fresh, None));
        let absent = status(&hub, SourceName::Ollama);
        let expected = (SourceStatus::Absent, Some("connection refused".to_owned()));
        assert_eq!(absent, expected);
        assert!(hub.now().warm);
    }

    #[test]
    fn a_source_that_tells_not_all_is_fresh_and_says_what_it_lacks() {
        let sources = [(SourceName::Kubernetes, Duration::from_secs(60))];
        let hub = StateHub::new(OracleConfig::default(), &sources);
        let why = "replicasets is forbidden".to_owned();
        let cluster = Cluster {
            lacks: Some(why.clone()),
            ..Cluster::default()
        };
        hub.observe(Observation::Kubernetes(cluster), Duration::ZERO);
        let partial = status(&hub, SourceName::Kubernetes);
        assert_eq!(partial, (SourceStatus::Fresh, Some(why)));
        hub.observe(Observation::Kubernetes(Cluster::default()), Duration::ZERO);
        let whole = status(&hub, SourceName::Kubernetes);
        assert_eq!(whole, (SourceStatus::Fresh, None));
    }

    #[test]
    fn kafka_that_answers_is_fresh_although_the_database_with_the_offsets_is_away() {
        let sources = [(SourceName::Kafka, Duration::from_secs(60))];
        let hub = StateHub::new(OracleConfig::default(), &sources);
        let why = "what waits to be stored is not known: the database is away".to_owned();
        let lags = Lags {
            lacks: Some(why.clone()),
            ..Lags::default()
        };
        hub.observe(Observation::Kafka(lags), Duration::ZERO);
        let partial = status(&hub, SourceName::Kafka);
        assert_eq!(partial, (SourceStatus::Fresh, Some(why)));
    }

    #[test]
    fn what_a_source_told_last_stands_while_it_fails_for_a_moment() {
        let hub = hub();
        let model = KnownModel {
            model: "small".to_owned(),
            ..KnownModel::default()
        };
        hub.observe(Observation::Ollama(vec![model]), Duration::ZERO);
        hub.fail(SourceName::Ollama, &away("it hangs"));
        assert_eq!(status(&hub, SourceName::Ollama).0, SourceStatus::Stale);
        assert_eq!(hub.now().state.litellm.len(), 1);
    }

    fn adopted(at: Timestamp) -> SystemSnapshot {
        let state = SystemSnapshot::starting().state.clone();
        SystemSnapshot::new(state, Vec::new(), true, at)
    }

    #[test]
    fn what_another_process_knew_stands_until_the_own_sources_have_told() {
        let hub = hub();
        let at = Timestamp::now();
        hub.adopt(adopted(at));
        hub.observe(Observation::Telemetry(Telemetry::default()), Duration::ZERO);
        hub.publish();
        assert_eq!(hub.adopted_at(), Some(at));
        hub.fail(SourceName::Ollama, &away("it does not answer"));
        hub.publish();
        assert_eq!(hub.adopted_at(), None);
        assert!(hub.now().warm);
    }

    #[test]
    fn what_another_process_knew_does_not_stand_for_ever() {
        let hub = hub();
        hub.adopt(adopted(Timestamp::now() - HANDOVER));
        hub.publish();
        assert_eq!(hub.adopted_at(), None);
    }
}
