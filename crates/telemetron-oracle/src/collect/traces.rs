//! Our own store, less often: what recent traces look like, and how it was before.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use telemetron_model::{Timestamp, TraceId};
use telemetron_store::PgPool;
use telemetron_store::read::metrics::{self, Metrics, MetricsRange};
use telemetron_store::read::oracle::listed::{self, Listed};
use telemetron_store::read::oracle::loops::{self, Repeated};
use telemetron_store::read::oracle::orphans::{self, Orphans};
use telemetron_store::read::oracle::{Recent, failures, handoffs, ingest, models};
use telemetron_view::oracle::SourceName;
use tokio::time::Instant;

use super::Source;
use super::looked::Looked;
use crate::facts::Traces;
use crate::measures::seconds;
use crate::observation::Observation;
use crate::{Error, Thresholds};

/// How many times longer than others a trace without a root is waited for.
const ROOTLESS: u32 = 5;

/// For how long traces are looked at.
const DAY: Duration = Duration::from_hours(24);

/// Most traces that are looked into.
const MOST: i64 = 500;

/// Most repetitions, and traces with orphans, that are told.
const MOST_TOLD: usize = 200;

/// Spans of the largest trace that is looked into for what repeats. A look at one that grows walks
/// through all of it.
const LARGEST: i64 = 100_000;

/// Spans of the largest trace whose parents are looked for.
const LARGEST_TREE: i64 = 20_000;

/// Minutes that are compared with the hour before them.
const LATELY: i64 = 5;
const BEFORE: i64 = 60;

/// Hours from which it is known how long operations take, and how often they are added up.
const USUALLY: i64 = 6 * 60;
const USUALLY_EVERY: Duration = Duration::from_secs(60);

/// Asks what recent traces look like.
pub(crate) struct Findings {
    pool: PgPool,
    thresholds: Thresholds,
    usually: Option<(Instant, Metrics)>,
    repeated: Looked<Repeated>,
    orphans: Looked<Orphans>,
}

impl Findings {
    /// A collector that looks as far as the thresholds reach.
    pub(crate) fn new(pool: PgPool, thresholds: Thresholds) -> Self {
        Self {
            pool,
            thresholds,
            usually: None,
            repeated: Looked::nothing(),
            orphans: Looked::nothing(),
        }
    }

    /// What is called again and again, the most often called first.
    async fn repeated(&mut self, recent: &[Listed]) -> Result<Vec<Repeated>, Error> {
        let calls = i64::from(self.thresholds.tool_loop_calls);
        let may = |it: &&Listed| it.tool_calls >= calls && it.spans <= LARGEST;
        let due = self
            .repeated
            .due(&recent.iter().filter(may).copied().collect::<Vec<_>>());
        let found = loops::list(&self.pool, &ids(&due), calls).await?;
        self.repeated.learn(&due, found, |one| one.trace_id);
        let mut all: Vec<_> = self.repeated.all().cloned().collect();
        all.sort_by_key(|one| Reverse((one.calls, one.last_at, one.trace_id)));
        all.truncate(MOST_TOLD);
        Ok(all)
    }

    /// Orphans in traces that have been quiet for long enough, most of them first. One without a root is
    /// waited for longer: instrumentation that tells of a span at its end alone tells of the root last,
    /// and a call above may take long.
    async fn orphans(&mut self, recent: &[Listed], now: Timestamp) -> Result<Vec<Orphans>, Error> {
        let silence = seconds(self.thresholds.orphan_seconds);
        let (quiet, very) = (now - silence, now - silence * ROOTLESS);
        let may = |it: &&Listed| it.heard < quiet && (2..=LARGEST_TREE).contains(&it.spans);
        let due = self
            .orphans
            .due(&recent.iter().filter(may).copied().collect::<Vec<_>>());
        let found = orphans::list(&self.pool, &ids(&due)).await?;
        self.orphans.learn(&due, found, |one| one.trace_id);
        let heard: HashMap<_, _> = recent.iter().map(|it| (it.trace_id, it.heard)).collect();
        let waited = |one: &&Orphans| {
            let heard = heard.get(&one.trace_id);
            one.has_root || heard.is_some_and(|heard| *heard < very)
        };
        let mut all: Vec<_> = self.orphans.all().filter(waited).cloned().collect();
        all.sort_by_key(|one| Reverse((one.count, one.first_at, one.trace_id)));
        all.truncate(MOST_TOLD);
        Ok(all)
    }

    /// How long operations take; added up once a minute.
    async fn usually(&mut self, minute: i64) -> Result<Metrics, Error> {
        if let Some((since, known)) = &self.usually
            && since.elapsed() < USUALLY_EVERY
        {
            return Ok(known.clone());
        }
        let sums = sums(&self.pool, minute - USUALLY, minute + 1).await?;
        self.usually = Some((Instant::now(), sums.clone()));
        Ok(sums)
    }
}

impl Source for Findings {
    fn name(&self) -> SourceName {
        SourceName::Traces
    }

    async fn ask(&mut self) -> Result<Observation, Error> {
        let (now, limits) = (Timestamp::now(), self.thresholds);
        let minute = now.minute();
        let usually = self.usually(minute).await?;
        let since = now - seconds(limits.window_seconds);
        let recent = Recent {
            // A trace that goes on for long was listed long ago.
            listed: now - DAY,
            heard: since,
            traces: MOST,
        };
        // Agents that wait for each other say nothing: they are looked for longer.
        let silent = Recent {
            heard: now - DAY,
            ..recent
        };
        let listed = listed::list(&self.pool, recent).await?;
        let repeated = self.repeated(&listed).await?;
        let orphans = self.orphans(&listed, now).await?;
        let pool = &self.pool;
        let attempts = i32::try_from(limits.retry_attempts).unwrap_or(i32::MAX);
        Ok(Observation::Traces(Box::new(Traces {
            handoffs: handoffs::list(pool, silent).await?,
            repeated,
            failures: failures::spans(pool, recent, since).await?,
            exhausted: failures::exhausted(pool, recent, since, attempts).await?,
            orphans,
            fullest: models::fullest(pool, recent, since).await?,
            rejected: ingest::rejected(pool, since).await?,
            lately: sums(pool, minute - LATELY + 1, minute + 1).await?,
            before: sums(pool, minute - LATELY + 1 - BEFORE, minute - LATELY + 1).await?,
            usually,
            lately_minutes: LATELY,
            before_minutes: BEFORE,
        })))
    }
}

fn ids(traces: &[Listed]) -> Vec<TraceId> {
    traces.iter().map(|it| it.trace_id).collect()
}

async fn sums(pool: &PgPool, from_minute: i64, to_minute: i64) -> Result<Metrics, Error> {
    let range = MetricsRange {
        from_minute,
        to_minute,
        slot_minutes: to_minute - from_minute,
        project: None,
    };
    Ok(metrics::read(pool, &range).await?)
}
