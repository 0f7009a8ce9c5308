//! A broker, isolated topics, and offsets kept in memory.

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use telemetron_kafka::admin::{TopicPlan, ensure_topics};
use telemetron_kafka::{
    Cluster, KafkaConfig, Message, OffsetError, OffsetStore, Producer, ProducerOptions, Source,
    SourceEvent, SourceOptions, StoredOffset, TopicId,
};
use telemetron_local::{KafkaJars, KafkaOptions, LocalKafka};
use telemetron_model::record::{Record, Span, SpanKind};
use telemetron_model::topic::TopicPartition;
use telemetron_model::{SpanId, Timestamp, TraceId};

/// Longer than anything should take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const PARTITIONS: usize = 3;

/// A started broker, shared by the tests that run at the same time.
struct Started {
    kafka: LocalKafka,
    _data: tempfile::TempDir,
}

static SHARED: tokio::sync::Mutex<Weak<Started>> = tokio::sync::Mutex::const_new(Weak::new());

/// A Kafka with topics of this test's own.
pub(crate) struct Broker {
    pub(crate) config: KafkaConfig,
    _started: Option<Arc<Started>>,
}

impl Broker {
    /// None when there is no Kafka to test against.
    pub(crate) async fn find() -> Option<Self> {
        if let Ok(servers) = std::env::var("KAFKA_BOOTSTRAP_SERVERS") {
            return Some(Self::with_topics(servers, None).await);
        }
        let Ok(jars) = KafkaJars::find() else {
            eprintln!("SKIPPED: no KAFKA_BOOTSTRAP_SERVERS and no jars of Kafka in the cache");
            return None;
        };
        let mut shared = SHARED.lock().await;
        let started = match shared.upgrade() {
            Some(started) => started,
            None => start(jars).await,
        };
        *shared = Arc::downgrade(&started);
        drop(shared);
        Some(Self::with_topics(started.kafka.bootstrap_servers(), Some(started)).await)
    }

    async fn with_topics(servers: String, started: Option<Arc<Started>>) -> Self {
        let config = KafkaConfig::new(servers).with_topic_prefix(unique_name());
        ensure_topics(&config, &plan()).await.unwrap();
        Self {
            config,
            _started: started,
        }
    }

    pub(crate) fn producer(&self) -> Producer {
        Producer::new(&self.config, &ProducerOptions::default()).unwrap()
    }

    /// A member of the group that goes by the name of this test.
    pub(crate) fn source(&self, offsets: &Arc<MemoryOffsets>) -> Source {
        Source::start(&self.config, self.source_options(), offsets.clone()).unwrap()
    }

    pub(crate) fn source_options(&self) -> SourceOptions {
        SourceOptions {
            group: self.config.topic_prefix.clone(),
            ..SourceOptions::default()
        }
    }
}

pub(crate) fn plan() -> TopicPlan {
    TopicPlan {
        partitions: PARTITIONS,
        ..TopicPlan::default()
    }
}

async fn start(jars: KafkaJars) -> Arc<Started> {
    let data = tempfile::tempdir().unwrap();
    let kafka = LocalKafka::start(KafkaOptions::new(data.path(), jars))
        .await
        .unwrap();
    Arc::new(Started { kafka, _data: data })
}

/// A topic prefix that no other test and no other run uses.
pub(crate) fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Relaxed);
    let now = Timestamp::now().nanos();
    format!("t{}-{count}-{now}.", std::process::id())
}

/// Offsets as a consumer's database keeps them.
#[derive(Debug, Default)]
pub(crate) struct MemoryOffsets {
    pub(crate) next: Mutex<HashMap<TopicPartition, i64>>,
    /// How often the database is away before it answers.
    pub(crate) away: AtomicU32,
    /// The id of the topics that the offsets belong to; none when it is not kept.
    pub(crate) topic_id: Mutex<Option<TopicId>>,
}

impl OffsetStore for MemoryOffsets {
    fn load(
        &self,
        _cluster: &Cluster<'_>,
        partitions: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, StoredOffset>, OffsetError> {
        let less = |left: u32| left.checked_sub(1);
        if self.away.fetch_update(Relaxed, Relaxed, less).is_ok() {
            return Err(OffsetError::Away("for a test".to_owned()));
        }
        let next = self.next.lock().unwrap();
        let known = partitions.iter().filter_map(|partition| {
            let mut stored = StoredOffset::from(*next.get(partition)?);
            stored.topic_id = self.topic_id.lock().unwrap().clone();
            Some((*partition, stored))
        });
        Ok(known.collect())
    }
}

impl MemoryOffsets {
    /// Moves the offset past a message, as folding it does; false when it was not the next one.
    pub(crate) fn advance(&self, message: &Message) -> bool {
        let mut next = self.next.lock().unwrap();
        let next = next.entry(message.at()).or_insert(message.offset);
        let expected = *next == message.offset;
        *next = message.offset + 1;
        expected
    }
}

/// The next event, or a failure that names what was waited for. How well the cluster is heard is passed
/// over.
pub(crate) async fn next(source: &mut Source, what: &str) -> SourceEvent {
    loop {
        match next_of_all(source, what).await {
            SourceEvent::Silent(_) | SourceEvent::Heard => {}
            event => return event,
        }
    }
}

async fn next_of_all(source: &mut Source, what: &str) -> SourceEvent {
    match tokio::time::timeout(PATIENCE, source.recv()).await {
        Ok(SourceEvent::Failed(error)) => panic!("the source failed, waiting for {what}: {error}"),
        Ok(event) => event,
        Err(_elapsed) => panic!("waited in vain for {what}"),
    }
}

/// The next message; assignments are passed over.
pub(crate) async fn next_message(source: &mut Source) -> Message {
    loop {
        if let SourceEvent::Message(message) = next(source, "a message").await {
            return message;
        }
    }
}

pub(crate) fn trace_id(number: u128) -> TraceId {
    TraceId::from_bytes((number + 1).to_be_bytes()).unwrap()
}

pub(crate) fn span(number: u128) -> Record {
    let span_id = SpanId::from_slice(&[7; 8]).unwrap();
    let start = Timestamp::from_nanos(1_700_000_000_000_000_000);
    Span::started(trace_id(number), span_id, "step", SpanKind::Chain, start).into()
}
