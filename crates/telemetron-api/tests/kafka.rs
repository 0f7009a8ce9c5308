//! The API on a real Kafka and a real Postgres, without a consumer: what is live, and what waits.
//!
//! Kafka is the one named in `KAFKA_BOOTSTRAP_SERVERS`, else one that is started from the jars in
//! the cache. Without either the test says so and passes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where something is not as it should be, in its helpers too"
)]

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_api::{Api, ApiConfig};
use telemetron_kafka::admin::{TopicPlan, ensure_topics};
use telemetron_kafka::dead_letter::{Cut, DeadLetter, Origin};
use telemetron_kafka::{Headers, KafkaConfig, Producer, ProducerOptions};
use telemetron_local::{KafkaJars, KafkaOptions, LocalKafka};
use telemetron_model::Timestamp;
use telemetron_model::topic::Topic;
use telemetron_runtime::doors::{Door, DoorArgs, DoorMeters};
use telemetron_runtime::{Health, MetricsBuilder};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;

/// Longer than anything should take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Kafka with topics of this test's own; the broker stops with it.
struct Broker {
    config: KafkaConfig,
    _started: Option<(LocalKafka, tempfile::TempDir)>,
}

impl Broker {
    async fn find() -> Option<Self> {
        let (servers, started) = match std::env::var("KAFKA_BOOTSTRAP_SERVERS") {
            Ok(servers) => (servers, None),
            Err(_) => {
                let Ok(jars) = KafkaJars::find() else {
                    eprintln!("SKIPPED: no KAFKA_BOOTSTRAP_SERVERS and no jars of Kafka");
                    return None;
                };
                let data = tempfile::tempdir().unwrap();
                let options = KafkaOptions::new(data.path(), jars);
                let kafka = LocalKafka::start(options).await.unwrap();
                (kafka.bootstrap_servers(), Some((kafka, data)))
            }
        };
        let prefix = format!("api{}-{}.", std::process::id(), Timestamp::now().nanos());
        let config = KafkaConfig::new(servers).with_topic_prefix(prefix);
        let plan = TopicPlan {
            partitions: 3,
            ..TopicPlan::default()
        };
        ensure_topics(&config, &plan).await.unwrap();
        Some(Self {
            config,
            _started: started,
        })
    }
}

/// A running API; dropping it stops it.
struct Served {
    address: String,
    _running: JoinSet<()>,
}

impl Served {
    async fn start(kafka: &KafkaConfig, db: PgPool) -> Self {
        let (health, mut metrics) = (Health::new(), MetricsBuilder::default());
        let api = Api::new(ApiConfig::default(), db, kafka, &health, &mut metrics).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let meters = DoorMeters::new(&mut metrics);
        let door = Door::new("api", listener, &DoorArgs::default(), &meters).unwrap();
        let address = door.address().to_string();
        let mut running = JoinSet::new();
        running.spawn(async move {
            api.run(door, metrics.build(), CancellationToken::new())
                .await
                .unwrap();
        });
        let served = Self {
            address,
            _running: running,
        };
        served
            .until("/ready", |answer| answer["ready"] == true)
            .await;
        served
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("http://{}{path}", self.address);
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("http://{}{path}", self.address);
        let client = reqwest::Client::new();
        client
            .post(url)
            .json(body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Asks until the answer is as wanted; a failure shows the last one.
    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        loop {
            ticks.tick().await;
            let answer = self.get(path).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path} stays at {answer}");
        }
    }

    async fn listen(&self, query: &str) -> Client {
        let url = format!("ws://{}/ws/debug/tester{query}", self.address);
        let mut client = Client(connect_async(url).await.unwrap().0);
        assert_eq!(client.next().await["type"], "subscription_updated");
        client
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn next(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap();
            if let Message::Text(text) = message.unwrap().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// The name of the next event, and its cursor.
    async fn event(&mut self) -> (String, String) {
        let frame = self.next().await;
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("{frame}"))
                .to_owned()
        };
        (text(&frame["data"]["event_name"]), text(&frame["cursor"]))
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_sent_is_live_at_once_and_waits_until_it_is_stored(pool: PgPool) {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let first = Served::start(&broker.config, pool.clone()).await;
    let mut client = first.listen("").await;

    let mut fastest = PATIENCE;
    for n in 0..20 {
        let sent = Instant::now();
        let body = json!({ "event_name": format!("n{n}") });
        assert_eq!(
            first.post("/api/v1/debug/inject-event", &body).await["topic"],
            Topic::Events.name()
        );
        assert_eq!(client.event().await.0, format!("n{n}"));
        fastest = fastest.min(sent.elapsed());
    }
    assert!(
        fastest < Duration::from_millis(250),
        "{fastest:?} from emit to client"
    );

    let waiting = first
        .until("/api/v1/traces", |answer| answer["lag"]["records"] == 20)
        .await;
    let as_of = Timestamp::parse_rfc3339(waiting["as_of"].as_str().unwrap()).unwrap();
    assert!(
        as_of < Timestamp::now(),
        "the first event waits since before now"
    );
    assert!(waiting["lag"]["seconds"].as_f64().unwrap() > 0.0);

    // A new process takes over: what was missed comes first, once.
    first
        .post(
            "/api/v1/debug/inject-event",
            &json!({ "event_name": "seen" }),
        )
        .await;
    let (name, cursor) = client.event().await;
    assert_eq!(name, "seen");
    drop(client);
    first
        .post(
            "/api/v1/debug/inject-event",
            &json!({ "event_name": "missed" }),
        )
        .await;
    drop(first);
    let second = Served::start(&broker.config, pool).await;
    let mut client = second.listen(&format!("?cursor={cursor}")).await;
    assert_eq!(client.event().await.0, "missed");
    second
        .post(
            "/api/v1/debug/inject-event",
            &json!({ "event_name": "next" }),
        )
        .await;
    assert_eq!(client.event().await.0, "next");
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_dead_letter_is_shown_whole_and_sent_again(pool: PgPool) {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let letter = DeadLetter {
        origin: Origin {
            cluster: "c".to_owned(),
            topic: broker.config.topics().of(Topic::Spans).to_owned(),
            partition: 1,
            offset: 7,
        },
        broker_time: Timestamp::now(),
        code: "malformed".to_owned(),
        reason: "no JSON".to_owned(),
        time: Timestamp::now(),
        key: Some(b"key".to_vec()),
        headers: Headers::new().with("schema", "telemetron.span.v1"),
        payload: Some(b"{oops".to_vec()),
        cut: Cut::default(),
    };
    let producer = Producer::new(&broker.config, &ProducerOptions::default()).unwrap();
    let place = letter.send(&producer).await.unwrap();
    let insert = "INSERT INTO dead_letters (cluster_id, topic, partition, record_offset,
                      dlq_partition, dlq_offset, broker_time_ns, code, reason, value_bytes, excerpt)
                  VALUES ('c', 'agent-telemetry-spans', 1, 7, $1, $2, 5, 'malformed', 'no JSON', 5,
                      '{oops') RETURNING id";
    let id: i64 = sqlx::query_scalar(insert)
        .bind(place.partition)
        .bind(place.offset)
        .fetch_one(&pool)
        .await
        .unwrap();
    let served = Served::start(&broker.config, pool).await;

    let whole = served.get(&format!("/api/v1/dead-letters/{id}")).await;
    assert_eq!(whole["value_text"], "{oops");
    assert_eq!(whole["headers"], json!({ "schema": "telemetron.span.v1" }));

    let replayed = served
        .post(&format!("/api/v1/dead-letters/{id}/replay"), &json!({}))
        .await;
    assert_eq!(
        (&replayed["offset"], &replayed["replays"]),
        (&json!(0), &json!(1))
    );
    let page = served.get("/api/v1/dead-letters?replayed=true").await;
    assert_eq!(page["items"][0]["id"], id);
}
