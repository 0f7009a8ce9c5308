//! Our own store, less often: what recent traces look like, and how it was before.

use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::oracle::SourceName;
use telemetron_store::PgPool;
use telemetron_store::read::metrics::{self, Metrics, MetricsRange};
use telemetron_store::read::oracle::orphans::Quiet;
use telemetron_store::read::oracle::{Recent, failures, handoffs, ingest, loops, models, orphans};
use tokio::time::Instant;

use super::Source;
use crate::board::Told;
use crate::facts::Traces;
use crate::{Error, Thresholds};

const SECOND: i64 = 1_000_000_000;

/// How many times longer than others a trace without a root is waited for.
const ROOTLESS: i64 = 5;

/// Most traces that are looked into.
const MOST: i64 = 500;

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
}

impl Findings {
    /// A collector that looks as far as the thresholds reach.
    pub(crate) const fn new(pool: PgPool, thresholds: Thresholds) -> Self {
        Self {
            pool,
            thresholds,
            usually: None,
        }
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

    async fn ask(&mut self) -> Result<Told, Error> {
        let (now, limits) = (Timestamp::now(), self.thresholds);
        let minute = now.minute();
        let usually = self.usually(minute).await?;
        let pool = &self.pool;
        let since = now.plus_nanos(-i64::from(limits.window_seconds) * SECOND);
        let recent = Recent {
            // A trace that goes on for long was listed long ago.
            listed: now.plus_nanos(-24 * 3600 * SECOND),
            heard: since,
            traces: MOST,
        };
        // Agents that wait for each other say nothing: they are looked for longer.
        let silent = Recent {
            heard: now.plus_nanos(-24 * 3600 * SECOND),
            ..recent
        };
        let silence = i64::from(limits.orphan_seconds) * SECOND;
        let quiet = Quiet {
            with_root: now.plus_nanos(-silence),
            without_root: now.plus_nanos(-silence * ROOTLESS),
        };
        let calls = i64::from(limits.tool_loop_calls);
        let attempts = i32::try_from(limits.retry_attempts).unwrap_or(i32::MAX);
        Ok(Told::Traces(Box::new(Traces {
            handoffs: handoffs::list(pool, silent).await?,
            repeated: loops::list(pool, recent, calls).await?,
            failures: failures::spans(pool, recent, since).await?,
            exhausted: failures::exhausted(pool, recent, since, attempts).await?,
            orphans: orphans::list(pool, recent, quiet).await?,
            fullest: models::fullest(pool, recent, since).await?,
            poison: ingest::poison(pool, since).await?,
            lately: sums(pool, minute - LATELY + 1, minute + 1).await?,
            before: sums(pool, minute - LATELY + 1 - BEFORE, minute - LATELY + 1).await?,
            usually,
            lately_minutes: LATELY,
            before_minutes: BEFORE,
        })))
    }
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
