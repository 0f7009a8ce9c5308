//! Task topics: what waits in them is seen without being taken, and a group's reading is counted.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use telemetron_kafka::{Headers, Outgoing, Queues};

use crate::support::{Broker, unique_name};

async fn make(broker: &Broker, topic: &str) {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", &broker.config.bootstrap_servers)
        .create()
        .unwrap();
    let topic = NewTopic::new(topic, 1, TopicReplication::Fixed(1));
    let options = AdminOptions::new();
    let made = admin.create_topics([&topic], &options).await.unwrap();
    made.into_iter().next().unwrap().unwrap();
}

/// Says on behalf of a group that it has read up to an offset.
fn commit(broker: &Broker, group: &str, topic: &str, offset: i64) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &broker.config.bootstrap_servers)
        .set("group.id", group)
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(offset))
        .unwrap();
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_seen_and_what_a_group_has_read_waits_no_more() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let mut config = broker.config.clone();
    config.topic_prefix = String::new();
    let prefix = format!("{}-queue-", unique_name());
    let (topic, group) = (format!("{prefix}work"), format!("{prefix}workers"));
    let queues = Queues::new(&config, &prefix).unwrap();
    assert_eq!(queues.look(10).await.unwrap(), []);

    make(&broker, &topic).await;
    let headers = Headers::default();
    let producer = broker.producer();
    for number in 0..5 {
        let payload = format!("{{\"id\":\"t-{number}\"}}");
        let outgoing = Outgoing {
            topic: &topic,
            partition: Some(0),
            key: None,
            headers: &headers,
            payload: Some(payload.as_bytes()),
        };
        producer.send_raw(&outgoing).await.unwrap();
    }
    let seen = queues.look(3).await.unwrap();
    let [work] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert_eq!(
        (work.topic.as_str(), work.lag, work.waiting.len()),
        (topic.as_str(), 5, 3)
    );
    assert_eq!(work.waiting[0].value, b"{\"id\":\"t-0\"}");

    commit(&broker, &group, &topic, 4);
    let seen = queues.look(3).await.unwrap();
    assert_eq!(seen[0].lag, 1);
    assert_eq!(seen[0].groups.get(&group), Some(&1));
    assert_eq!(seen[0].waiting[0].value, b"{\"id\":\"t-4\"}");
}
