//! A consumer on the Kafka and Postgres that the environment names, isolated by a topic prefix.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use sqlx::PgPool;
use telemetron_consumer::{BatchLimits, Consumer, Upkeep};
use telemetron_kafka::admin::{TopicPlan, ensure_topics};
use telemetron_kafka::dead_letter::DeadLetters;
use telemetron_kafka::{
    Delivered, Headers, KafkaConfig, Outgoing, Producer, ProducerOptions, SourceOptions,
};
use telemetron_model::record::{Record, Span, SpanKind, Trace};
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_runtime::{Health, Metrics, MetricsBuilder, Status};
use telemetron_store::retention::Retention;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long a state may take to come about.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct Platform {
    pub(crate) pool: PgPool,
    pub(crate) kafka: KafkaConfig,
    producer: Producer,
    letter_files: tempfile::TempDir,
}

/// Sums of the ledger.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct Ledger {
    pub(crate) received: i64,
    pub(crate) stored: i64,
    pub(crate) duplicate: i64,
    pub(crate) rejected: i64,
}

impl Platform {
    /// Topics of its own on the broker; `None`, with a line that says so, when there is no broker.
    pub(crate) async fn start(pool: PgPool) -> Option<Self> {
        let platform = Self::start_without_partitions(pool).await?;
        Upkeep::new(platform.pool.clone(), Retention::default())
            .make_partitions()
            .await
            .unwrap();
        Some(platform)
    }

    /// The same with a topic of dead letters that takes messages of so many bytes at most.
    pub(crate) async fn start_with_letters_of(pool: PgPool, bytes: u32) -> Option<Self> {
        let platform = Self::start(pool).await?;
        let mut client = rdkafka::ClientConfig::new();
        client.set("bootstrap.servers", &platform.kafka.bootstrap_servers);
        let admin: AdminClient<_> = client.create().unwrap();
        let topic = format!("{}agent-telemetry-dlq", platform.kafka.topic_prefix);
        let bytes = bytes.to_string();
        let change =
            AlterConfig::new(ResourceSpecifier::Topic(&topic)).set("max.message.bytes", &bytes);
        let changed = admin.alter_configs([&change], &AdminOptions::new()).await;
        assert!(changed.unwrap().iter().all(Result::is_ok));
        Some(platform)
    }

    pub(crate) async fn start_without_partitions(pool: PgPool) -> Option<Self> {
        let Ok(servers) = std::env::var("KAFKA_BOOTSTRAP_SERVERS") else {
            println!(
                "skipped: KAFKA_BOOTSTRAP_SERVERS names no broker; scripts/test.sh starts one"
            );
            return None;
        };
        let prefix = format!("t{:x}-", Timestamp::now().nanos());
        let kafka = KafkaConfig {
            topic_prefix: prefix,
            ..KafkaConfig::new(servers)
        };
        ensure_topics(
            &kafka,
            &TopicPlan {
                partitions: 4,
                ..TopicPlan::default()
            },
        )
        .await
        .unwrap();
        let producer = Producer::new(&kafka, &ProducerOptions::default()).unwrap();
        Some(Self {
            pool,
            kafka,
            producer,
            letter_files: tempfile::tempdir().unwrap(),
        })
    }

    /// Starts a consumer of this platform's group.
    pub(crate) fn consume(&self) -> Running {
        self.consume_batches_of(200)
    }

    /// The same with batches of so many records at most.
    pub(crate) fn consume_batches_of(&self, max_records: usize) -> Running {
        let source = SourceOptions {
            group: self.kafka.topic_prefix.clone(),
            ..SourceOptions::default()
        };
        let limits = BatchLimits {
            max_records,
            ..BatchLimits::default()
        };
        let (health, mut metrics) = (Health::new(), MetricsBuilder::default());
        let consumer = Consumer::start(
            &self.kafka,
            source,
            limits,
            self.pool.clone(),
            self.letter_files.path().to_owned(),
            &health,
            &mut metrics,
        )
        .unwrap();
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(consumer.run(shutdown.clone()));
        Running {
            shutdown,
            tasks,
            metrics: metrics.build(),
            health,
        }
    }

    /// How many letters the topic of dead letters holds.
    pub(crate) async fn letters(&self) -> i64 {
        let letters = DeadLetters::new(&self.kafka).unwrap();
        letters.list(None, 1).await.unwrap().total
    }

    /// Runs a statement.
    pub(crate) async fn execute(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(&self.pool).await.unwrap();
    }

    pub(crate) async fn send(&self, records: &[Record]) {
        let mut batch = self.producer.batch();
        for record in records {
            batch.send(record).await.unwrap();
        }
        batch.delivered().await.unwrap();
    }

    pub(crate) async fn send_raw(
        &self,
        topic: &str,
        key: Option<&str>,
        schema: &str,
        payload: &[u8],
    ) {
        self.send_bytes(topic, key.map(str::as_bytes), schema.as_bytes(), payload)
            .await;
    }

    /// Sends a message of any bytes; returns where it stands.
    pub(crate) async fn send_bytes(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        schema: &[u8],
        payload: &[u8],
    ) -> Delivered {
        let topic = format!("{}agent-telemetry-{topic}", self.kafka.topic_prefix);
        let headers = Headers::new().with("schema", schema);
        let outgoing = Outgoing {
            topic: &topic,
            partition: None,
            key,
            headers: &headers,
            payload: Some(payload),
        };
        self.producer.send_raw(&outgoing).await.unwrap()
    }

    /// The folder of records of which Kafka takes no dead letter.
    pub(crate) fn letter_files(&self) -> &std::path::Path {
        self.letter_files.path()
    }

    /// The id of the cluster.
    pub(crate) async fn cluster_id(&self) -> String {
        telemetron_kafka::admin::cluster_id(&self.kafka)
            .await
            .unwrap()
    }

    /// The ledger, once at least this many records were received.
    pub(crate) async fn ledger_of(&self, received: i64) -> Ledger {
        let sums = "SELECT COALESCE(sum(received), 0)::bigint AS received, COALESCE(sum(stored), 0)::bigint AS stored,
                           COALESCE(sum(duplicate), 0)::bigint AS duplicate, COALESCE(sum(rejected), 0)::bigint AS rejected
                    FROM ingest_offsets";
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ledger: Ledger = sqlx::query_as(sums).fetch_one(&self.pool).await.unwrap();
            if ledger.received >= received {
                assert_eq!(
                    ledger.received,
                    ledger.stored + ledger.duplicate + ledger.rejected
                );
                return ledger;
            }
            assert!(
                Instant::now() < deadline,
                "waited for {received} records; last seen {ledger:?}"
            );
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns once a statement of the consumer waits for a lock.
    pub(crate) async fn blocked_writers(&self) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE wait_event_type = 'Lock' AND datname = current_database()";
        let deadline = Instant::now() + PATIENCE;
        while sqlx::query_scalar::<_, i64>(waiting)
            .fetch_one(&self.pool)
            .await
            .unwrap()
            == 0
        {
            assert!(Instant::now() < deadline, "nothing waits for a lock");
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        let statement = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query_scalar(statement)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    pub(crate) async fn texts(&self, statement: &'static str) -> Vec<String> {
        sqlx::query_scalar(statement)
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }
}

/// A consumer that runs.
pub(crate) struct Running {
    shutdown: CancellationToken,
    tasks: JoinSet<Result<(), telemetron_consumer::Error>>,
    metrics: Metrics,
    health: Health,
}

impl Running {
    /// A counter of the consumer.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        let text = self.metrics.render().unwrap();
        let line = format!("telemetron_consumer_{name}_total ");
        let value = text.lines().find_map(|seen| seen.strip_prefix(&line));
        value.unwrap().parse().unwrap()
    }

    /// Returns once a component is not ready for a reason that holds these words.
    pub(crate) async fn not_ready(&self, component: &str, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.health.snapshot().components[component].clone();
            if matches!(&seen, Status::NotReady { reason } if reason.contains(words)) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{component}: {seen:?}, not {words}"
            );
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops it as a shutdown would.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        self.tasks.join_next().await.unwrap().unwrap().unwrap();
    }

    /// Drops it wherever it is, as a kill would.
    pub(crate) fn abort(mut self) {
        self.tasks.abort_all();
    }
}

/// The id of the `trace`-th trace.
fn trace_id(trace: u32) -> TraceId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&trace.to_be_bytes());
    TraceId::from_bytes(bytes).unwrap()
}

/// The record that opens the `trace`-th trace.
pub(crate) fn opened(trace: u32) -> Record {
    Trace::opened(trace_id(trace), Timestamp::from_nanos(1)).into()
}

/// An event in the `trace`-th trace.
pub(crate) fn event(trace: u32) -> Record {
    let json = format!(
        r#"{{"trace_id":"{}","event_name":"seen","timestamp":5}}"#,
        trace_id(trace)
    );
    Record::Event(serde_json::from_str(&json).unwrap())
}

/// The `span`-th span, in the `trace`-th trace.
pub(crate) fn span(trace: u32, span: u32) -> Record {
    let mut span_id = [9; 8];
    span_id[..4].copy_from_slice(&span.to_be_bytes());
    let span_id = SpanId::from_slice(&span_id).unwrap();
    let start = Timestamp::from_nanos(i64::from(span) * 1_000_000);
    let mut record = Span::started(
        trace_id(trace),
        span_id,
        format!("span {span}"),
        SpanKind::Llm,
        start,
    );
    record.status = telemetron_model::record::Status::Completed;
    record.end_time = Some(start.plus_nanos(500_000));
    record.into()
}
