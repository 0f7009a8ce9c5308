//! A task topic that its readers do not keep up with.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use telemetron_kafka::{Headers, Outgoing};

use super::stage::Stage;

const TOPIC: &str = "agent-queue-translations";
const GROUP: &str = "translators";

pub(super) async fn play(stage: &mut Stage) {
    make_topic(stage).await;
    read_up_to(stage, 0);
    for number in 0..20 {
        submit(stage, number).await;
    }
    let issue = stage.opens("consumer_lag").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(
        said.starts_with(&format!("20 tasks wait in topic {TOPIC}")),
        "{said}"
    );
    assert!(said.contains(GROUP), "{said}");
    let queues = stage.api.get("/api/v1/oracle/queues").await.unwrap();
    let is_ours = |queue: &&Value| queue["name"] == "translations";
    let queue = queues["items"].as_array().unwrap().iter().find(is_ours);
    let queue = queue.unwrap();
    assert_eq!(queue["tasks"][0]["prompt"], "sentence 0", "{queue}");

    // Ten are not too many.
    read_up_to(stage, 10);
    stage.closes(&issue).await;
}

async fn submit(stage: &Stage, number: u32) {
    let prompt = format!("sentence {number}");
    let task = json!({"id": format!("s-{number}"), "prompt": prompt}).to_string();
    let record = Outgoing {
        topic: TOPIC,
        partition: Some(0),
        key: None,
        headers: &Headers::default(),
        payload: Some(task.as_bytes()),
    };
    stage.producer.send_raw(&record).await.unwrap();
}

fn client(stage: &Stage) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", stage.bootstrap_servers());
    config
}

async fn make_topic(stage: &Stage) {
    let admin: AdminClient<DefaultClientContext> = client(stage).create().unwrap();
    let topic = NewTopic::new(TOPIC, 1, TopicReplication::Fixed(1));
    let made = admin.create_topics([&topic], &AdminOptions::new()).await;
    made.unwrap().pop().unwrap().unwrap();
}

/// Says on behalf of the readers how far they are.
fn read_up_to(stage: &Stage, offset: i64) {
    let reader: BaseConsumer = client(stage).set("group.id", GROUP).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(TOPIC, 0, Offset::Offset(offset))
        .unwrap();
    tokio::task::block_in_place(|| reader.commit(&list, CommitMode::Sync)).unwrap();
}
