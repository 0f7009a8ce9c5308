//! What Prometheus sees of the consumer. The ledger in Postgres is the truth; these are rates.

use std::time::Duration;

use telemetron_runtime::MetricsBuilder;
use telemetron_runtime::prometheus_client::metrics::counter::Counter;
use telemetron_runtime::prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use telemetron_store::write::Tally;

use crate::prepare::Prepared;

/// The counters of one consumer.
#[derive(Debug, Clone)]
pub(crate) struct Counters {
    received: Counter,
    stored: Counter,
    duplicate: Counter,
    ignored: Counter,
    rejected: Counter,
    pub(crate) expired: Counter,
    pub(crate) replaced: Counter,
    pub(crate) unread: Counter,
    pub(crate) fenced: Counter,
    pub(crate) retries: Counter,
    pub(crate) attempts: Counter,
    pub(crate) letters_cut: Counter,
    pub(crate) letters_filed: Counter,
    commit_seconds: Histogram,
    batch_records: Histogram,
}

impl Counters {
    pub(crate) fn register(metrics: &mut MetricsBuilder) -> Self {
        let group = metrics.group("consumer");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            group.register(name, help, counter.clone());
            counter
        };
        let counters = Self {
            received: counter("records_received", "Records read from Kafka and committed"),
            stored: counter("records_stored", "Records that changed something"),
            duplicate: counter("records_duplicate", "Records that were known"),
            ignored: counter("records_ignored", "Records with nothing to fold"),
            rejected: counter("records_rejected", "Records that went to the dead letters"),
            expired: counter(
                "records_expired",
                "Records that retention removed before they were read",
            ),
            replaced: counter(
                "partitions_replaced",
                "Partitions of topics that were deleted and made anew",
            ),
            unread: counter(
                "records_unread",
                "Records of deleted topics that were never read, as far as is known",
            ),
            fenced: counter(
                "fenced",
                "Batches dropped since another consumer had moved the offsets",
            ),
            retries: counter("retries", "Pauses before a batch was tried again"),
            letters_cut: counter(
                "dead_letters_cut",
                "Dead letters that were too large and were cut",
            ),
            letters_filed: counter(
                "dead_letters_filed",
                "Records that went to files, since Kafka took no dead letter of them",
            ),
            attempts: counter("attempts", "Transactions begun to store a batch"),
            commit_seconds: Histogram::new(exponential_buckets(0.001, 2.0, 15)),
            batch_records: Histogram::new(exponential_buckets(1.0, 4.0, 8)),
        };
        group.register(
            "commit_seconds",
            "Time to store one batch",
            counters.commit_seconds.clone(),
        );
        group.register(
            "batch_records",
            "Records in one batch",
            counters.batch_records.clone(),
        );
        counters
    }

    /// Counts a batch that was committed.
    pub(crate) fn committed(&self, prepared: &Prepared, tallies: &[Tally], took: Duration) {
        let sum = |count: fn(&Tally) -> i64| tallies.iter().map(count).sum::<i64>().unsigned_abs();
        self.stored.inc_by(sum(|tally| tally.stored));
        self.duplicate.inc_by(sum(|tally| tally.duplicate));
        for position in prepared.batch.positions() {
            self.received.inc_by(position.received.unsigned_abs());
            self.ignored.inc_by(position.ignored.unsigned_abs());
            self.rejected.inc_by(position.rejected.unsigned_abs());
        }
        self.commit_seconds.observe(took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "batches hold thousands")]
        self.batch_records
            .observe(prepared.chunk.messages.len() as f64);
    }
}
