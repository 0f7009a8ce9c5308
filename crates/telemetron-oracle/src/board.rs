//! The board: what each source told last, and what follows from all of it.
//!
//! Whoever tells something new makes the state and the issues anew, so that a reader finds them
//! made. A source that fails keeps its last word for a while, marked stale, and is absent then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::oracle::{Issue, SourceName, SourceStatus};
use tokio::sync::watch;

use crate::assemble;
use crate::facts::{Cluster, Facts, KnownModel, Lags, Telemetry, Traces};
use crate::heard::Heard;
pub(crate) use crate::heard::seconds;
use crate::issues;
use crate::lifecycle;
use crate::now::Now;
use crate::settled;
use crate::{Error, OracleConfig};

/// What a source tells.
#[derive(Debug)]
pub(crate) enum Told {
    Telemetry(Telemetry),
    Traces(Box<Traces>),
    Kafka(Lags),
    Kubernetes(Cluster),
    /// Its models, and what it does not tell of them.
    LiteLlm(Vec<KnownModel>, Option<String>),
    Ollama(Vec<KnownModel>),
}

/// What each source told last. Clones share it.
#[derive(Clone)]
pub(crate) struct Board(Arc<Shared>);

struct Shared {
    config: OracleConfig,
    inner: Mutex<Inner>,
    now: watch::Sender<Arc<Now>>,
}

struct Inner {
    facts: Facts,
    sources: BTreeMap<SourceName, Heard>,
    open: BTreeMap<String, Issue>,
}

impl Board {
    /// A board that waits for these sources; each one's word lasts so long.
    pub(crate) fn new(config: OracleConfig, sources: &[(SourceName, Duration)]) -> Self {
        let inner = Inner {
            facts: Facts::none(Timestamp::now()),
            sources: sources
                .iter()
                .map(|(name, lasts)| (*name, Heard::nothing(*lasts)))
                .collect(),
            open: BTreeMap::new(),
        };
        let board = Self(Arc::new(Shared {
            config,
            inner: Mutex::new(inner),
            now: watch::Sender::new(Arc::new(Now::starting())),
        }));
        board.publish(&mut board.lock());
        board
    }

    /// What there is now.
    pub(crate) fn now(&self) -> Arc<Now> {
        Arc::clone(&self.0.now.borrow())
    }

    /// Told of each change.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<Now>> {
        self.0.now.subscribe()
    }

    /// Takes what a source told.
    pub(crate) fn tell(&self, told: Told, took: Duration) {
        let mut inner = self.lock();
        let lacks = told.lacks();
        let facts = &mut inner.facts;
        let name = match told {
            Told::Telemetry(told) => {
                facts.telemetry = Some(Arc::new(told));
                SourceName::Telemetry
            }
            Told::Traces(told) => {
                facts.traces = Some(Arc::from(told));
                SourceName::Traces
            }
            Told::Kafka(told) => {
                facts.kafka = Some(Arc::new(told));
                SourceName::Kafka
            }
            Told::Kubernetes(told) => {
                facts.cluster = Some(Arc::new(told));
                SourceName::Kubernetes
            }
            Told::LiteLlm(told, _lacks) => {
                facts.proxy = Some(Arc::new(told));
                SourceName::LiteLlm
            }
            Told::Ollama(told) => {
                facts.ollama = Some(Arc::new(told));
                SourceName::Ollama
            }
        };
        inner.sources.entry(name).or_default().tells(took, lacks);
        self.publish(&mut inner);
    }

    /// Takes why a source does not tell.
    pub(crate) fn miss(&self, name: SourceName, error: &Error) {
        let mut inner = self.lock();
        inner.sources.entry(name).or_default().misses(error);
        self.publish(&mut inner);
    }

    /// Learns since when issues are open that another process noticed first.
    pub(crate) fn recall(&self, issues: Vec<Issue>) {
        let mut inner = self.lock();
        for issue in issues {
            let known = inner.open.entry(issue.id.clone());
            let known = known.or_insert_with(|| issue.clone());
            known.first_seen.0 = known.first_seen.0.min(issue.first_seen.0);
            known.last_seen.0 = known.last_seen.0.max(issue.last_seen.0);
            known.unchecked = known.unchecked.take().or(issue.unchecked);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the state and the issues, and shows them.
    fn publish(&self, inner: &mut Inner) {
        let now = Timestamp::now();
        inner.facts.now = now;
        inner.facts.sources = inner
            .sources
            .iter()
            .map(|(name, heard)| heard.state(*name, now))
            .collect();
        let absent: Vec<_> = inner
            .facts
            .sources
            .iter()
            .filter(|source| source.status == SourceStatus::Absent)
            .map(|source| source.name)
            .collect();
        for name in absent {
            forget(&mut inner.facts, name);
        }
        let mut state = assemble::state(&inner.facts, &self.0.config);
        settled::keep_times(&self.0.now.borrow().state, &mut state);
        let found = issues::find(&inner.facts, &state, &self.0.config.thresholds);
        let open = std::mem::take(&mut inner.open);
        let longest = self.0.config.history_ns();
        let issues = lifecycle::merge(open, found, &inner.facts, longest);
        state.status = Some(telemetron_model::oracle::SystemStatus::of(&issues));
        inner.open = issues
            .iter()
            .map(|issue| (issue.id.clone(), issue.clone()))
            .collect();
        let issues = issues.into_iter().map(|issue| lifecycle::told(issue, now));
        let seen = Now::new(state, issues.collect(), inner.facts.is_warm(), now);
        self.0.now.send_replace(Arc::new(seen));
    }
}

impl Told {
    /// What a source that answers does not tell all the same, and why.
    fn lacks(&self) -> Option<String> {
        match self {
            Self::Kubernetes(cluster) => cluster.lacks.clone(),
            Self::LiteLlm(_models, lacks) => lacks.clone(),
            Self::Kafka(lags) => lags.lacks.clone(),
            Self::Telemetry(_) | Self::Traces(_) | Self::Ollama(_) => None,
        }
    }
}

/// Drops the last word of a source.
fn forget(facts: &mut Facts, name: SourceName) {
    match name {
        SourceName::Telemetry => facts.telemetry = None,
        SourceName::Traces => facts.traces = None,
        SourceName::Kafka => facts.kafka = None,
        SourceName::Kubernetes => facts.cluster = None,
        SourceName::LiteLlm => facts.proxy = None,
        SourceName::Ollama => facts.ollama = None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Board {
        let lasts = Duration::from_secs(60);
        let sources = [(SourceName::Telemetry, lasts), (SourceName::Ollama, lasts)];
        Board::new(OracleConfig::default(), &sources)
    }

    fn away(why: &str) -> Error {
        Error::Absent(why.to_owned())
    }

    fn status(board: &Board, name: SourceName) -> (SourceStatus, Option<String>) {
        let now = board.now();
        let sources = now.state.sources.clone().unwrap();
        let source = sources.into_iter().find(|source| source.name == name);
        source.map(|source| (source.status, source.reason)).unwrap()
    }

    #[test]
    fn a_source_is_starting_until_it_tells_and_absent_with_its_reason_when_it_never_did() {
        let board = board();
        let (before, _) = status(&board, SourceName::Telemetry);
        assert_eq!(before, SourceStatus::Starting);
        assert!(!board.now().warm);
        board.tell(Told::Telemetry(Telemetry::default()), Duration::ZERO);
        board.miss(SourceName::Ollama, &away("connection refused"));
        let fresh = status(&board, SourceName::Telemetry);
        assert_eq!(fresh, (SourceStatus::Fresh, None));
        let absent = status(&board, SourceName::Ollama);
        let expected = (SourceStatus::Absent, Some("connection refused".to_owned()));
        assert_eq!(absent, expected);
        assert!(board.now().warm);
    }

    #[test]
    fn a_source_that_tells_not_all_is_fresh_and_says_what_it_lacks() {
        let sources = [(SourceName::Kubernetes, Duration::from_secs(60))];
        let board = Board::new(OracleConfig::default(), &sources);
        let why = "replicasets is forbidden".to_owned();
        let cluster = Cluster {
            lacks: Some(why.clone()),
            ..Cluster::default()
        };
        board.tell(Told::Kubernetes(cluster), Duration::ZERO);
        let partial = status(&board, SourceName::Kubernetes);
        assert_eq!(partial, (SourceStatus::Fresh, Some(why)));
        board.tell(Told::Kubernetes(Cluster::default()), Duration::ZERO);
        let whole = status(&board, SourceName::Kubernetes);
        assert_eq!(whole, (SourceStatus::Fresh, None));
    }

    #[test]
    fn kafka_that_answers_is_fresh_although_the_database_with_the_offsets_is_away() {
        let sources = [(SourceName::Kafka, Duration::from_secs(60))];
        let board = Board::new(OracleConfig::default(), &sources);
        let why = "what waits to be stored is not known: the database is away".to_owned();
        let lags = Lags {
            lacks: Some(why.clone()),
            ..Lags::default()
        };
        board.tell(Told::Kafka(lags), Duration::ZERO);
        let partial = status(&board, SourceName::Kafka);
        assert_eq!(partial, (SourceStatus::Fresh, Some(why)));
    }

    #[test]
    fn what_a_source_told_last_stands_while_it_fails_for_a_moment() {
        let board = board();
        let model = KnownModel {
            model: "small".to_owned(),
            ..KnownModel::default()
        };
        board.tell(Told::Ollama(vec![model]), Duration::ZERO);
        board.miss(SourceName::Ollama, &away("it hangs"));
        assert_eq!(status(&board, SourceName::Ollama).0, SourceStatus::Stale);
        assert_eq!(board.now().state.litellm.len(), 1);
    }
}
