//! The board: what each source told last, and what follows from all of it.
//!
//! Whoever tells something new makes the state and the issues anew, so that a reader finds them
//! made. A source that fails keeps its last word for a while, marked stale, and is absent then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::oracle::{Issue, SourceName, SourceState, SourceStatus};
use tokio::sync::watch;

use crate::OracleConfig;
use crate::assemble;
use crate::collect::PAUSE;
use crate::facts::{Cluster, Facts, KnownModel, Lags, Telemetry, Traces};
use crate::issues;
use crate::lifecycle;
use crate::now::Now;

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

/// When a source was heard of, and what is the matter with it.
#[derive(Debug, Clone, Default)]
struct Heard {
    at: Option<Timestamp>,
    took: Option<Duration>,
    trouble: Option<String>,
    lacks: Option<String>,
    lasts: Duration,
}

impl Board {
    /// A board that waits for these sources; each one's word lasts so long.
    pub(crate) fn new(config: OracleConfig, sources: &[(SourceName, Duration)]) -> Self {
        let heard = |lasts| Heard {
            lasts,
            ..Heard::default()
        };
        let inner = Inner {
            facts: Facts::none(Timestamp::now()),
            sources: sources
                .iter()
                .map(|(name, lasts)| (*name, heard(*lasts)))
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
        let heard = inner.sources.entry(name).or_default();
        heard.at = Some(Timestamp::now());
        heard.took = Some(took);
        heard.trouble = None;
        heard.lacks = lacks;
        self.publish(&mut inner);
    }

    /// Takes why a source does not tell.
    pub(crate) fn miss(&self, name: SourceName, trouble: String) {
        let mut inner = self.lock();
        inner.sources.entry(name).or_default().trouble = Some(trouble);
        self.publish(&mut inner);
    }

    /// Learns since when issues are open that another process noticed first.
    pub(crate) fn recall(&self, issues: Vec<Issue>) {
        let mut inner = self.lock();
        for issue in issues {
            let known = inner.open.entry(issue.id.clone());
            let known = known.or_insert_with(|| issue.clone());
            known.first_seen.0 = known.first_seen.0.min(issue.first_seen.0);
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
        let found = issues::find(&inner.facts, &state, &self.0.config.thresholds);
        let open = std::mem::take(&mut inner.open);
        let issues = lifecycle::merge(open, found, &inner.facts);
        state.status = Some(telemetron_model::oracle::SystemStatus::of(&issues));
        inner.open = issues
            .iter()
            .map(|issue| (issue.id.clone(), issue.clone()))
            .collect();
        let seen = Now::new(state, issues, inner.facts.is_warm(), now);
        self.0.now.send_replace(Arc::new(seen));
    }
}

impl Told {
    /// What a source that answers does not tell all the same, and why.
    fn lacks(&self) -> Option<String> {
        match self {
            Self::Kubernetes(cluster) => cluster.lacks.clone(),
            Self::LiteLlm(_models, lacks) => lacks.clone(),
            Self::Telemetry(_) | Self::Traces(_) | Self::Kafka(_) | Self::Ollama(_) => None,
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

impl Heard {
    fn state(&self, name: SourceName, now: Timestamp) -> SourceState {
        let age = self.at.map(|at| seconds(now.since(at).max(0)));
        // A source that took long is left in peace for long, and its word stands meanwhile.
        let lasts = self.lasts + self.took.unwrap_or_default() * PAUSE;
        let lasts = age.is_some_and(|age| age <= lasts.as_secs_f64());
        let status = match (&self.trouble, lasts, self.at) {
            (None, true, _) => SourceStatus::Fresh,
            (None, false, None) => SourceStatus::Starting,
            (Some(_), true, _) => SourceStatus::Stale,
            (Some(_), false, _) | (None, false, Some(_)) => SourceStatus::Absent,
        };
        let silent = || format!("it was not heard of for {:.0} s", age.unwrap_or_default());
        let reason = match status {
            SourceStatus::Fresh => self.lacks.clone(),
            SourceStatus::Starting => Some("it was not asked to the end yet".to_owned()),
            SourceStatus::Stale | SourceStatus::Absent => {
                Some(self.trouble.clone().unwrap_or_else(silent))
            }
        };
        SourceState {
            name,
            status,
            updated_at: self.at.map(Into::into),
            age_seconds: age,
            took_ms: self.took.map(|took| took.as_secs_f64() * 1e3),
            reason,
        }
    }
}

/// Nanoseconds as seconds.
pub(crate) fn seconds(nanos: i64) -> f64 {
    std::time::Duration::from_nanos(nanos.max(0).cast_unsigned()).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Board {
        let lasts = Duration::from_secs(60);
        let sources = [(SourceName::Telemetry, lasts), (SourceName::Ollama, lasts)];
        Board::new(OracleConfig::default(), &sources)
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
        board.miss(SourceName::Ollama, "connection refused".to_owned());
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
    fn what_a_source_told_last_stands_while_it_fails_for_a_moment() {
        let board = board();
        let model = KnownModel {
            model: "small".to_owned(),
            ..KnownModel::default()
        };
        board.tell(Told::Ollama(vec![model]), Duration::ZERO);
        board.miss(SourceName::Ollama, "it hangs".to_owned());
        assert_eq!(status(&board, SourceName::Ollama).0, SourceStatus::Stale);
        assert_eq!(board.now().state.litellm.len(), 1);
    }

    #[test]
    fn the_word_of_a_source_that_took_long_stands_until_it_is_asked_again() {
        let heard = |took| Heard {
            at: Some(Timestamp::from_nanos(0)),
            took: Some(Duration::from_secs(took)),
            lasts: Duration::from_secs(11),
            ..Heard::default()
        };
        let at = |second: i64| Timestamp::from_nanos(second * 1_000_000_000);
        let status = |took, second| heard(took).state(SourceName::Kafka, at(second)).status;
        assert_eq!(status(0, 11), SourceStatus::Fresh);
        assert_eq!(status(0, 12), SourceStatus::Absent);
        assert_eq!(status(3, 38), SourceStatus::Fresh);
        assert_eq!(status(3, 39), SourceStatus::Absent);
    }
}
