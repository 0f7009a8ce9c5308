//! Through a real Kafka: the one named in `KAFKA_BOOTSTRAP_SERVERS`, else one started here.

use telemetron_kafka::admin::{TopicPlan, ensure_topics};
use telemetron_kafka::{KafkaConfig, Tail, TailEvent, TailStart};
use telemetron_local::{KafkaJars, KafkaOptions, LocalKafka};
use telemetron_model::Timestamp;
use telemetron_model::decode::{Decoded, decode};
use telemetron_sdk::{Collector, Record, Status};

use crate::support::PATIENCE;

struct Broker {
    config: KafkaConfig,
    _own: Option<(LocalKafka, tempfile::TempDir)>,
}

async fn broker() -> Option<Broker> {
    let prefix = format!("sdk-{}.", Timestamp::now().nanos());
    if let Ok(servers) = std::env::var("KAFKA_BOOTSTRAP_SERVERS") {
        let config = KafkaConfig::new(servers).with_topic_prefix(prefix);
        return Some(Broker { config, _own: None });
    }
    let Ok(jars) = KafkaJars::find() else {
        eprintln!("SKIPPED: no KAFKA_BOOTSTRAP_SERVERS and no jars of Kafka in the cache");
        return None;
    };
    let data = tempfile::tempdir().unwrap();
    let options = KafkaOptions::new(data.path(), jars);
    let kafka = LocalKafka::start(options).await.unwrap();
    let config = KafkaConfig::new(kafka.bootstrap_servers()).with_topic_prefix(prefix);
    let own = Some((kafka, data));
    Some(Broker { config, _own: own })
}

async fn next(tail: &mut Tail) -> TailEvent {
    let next = tokio::time::timeout(PATIENCE, tail.recv()).await;
    next.expect("in time").expect("a living tail")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_does_arrives_in_the_topics() {
    let Some(broker) = broker().await else { return };
    let config = &broker.config;
    ensure_topics(config, &TopicPlan::default()).await.unwrap();
    let mut tail = Tail::start(config, TailStart::Now).unwrap();
    assert!(matches!(next(&mut tail).await, TailEvent::Ready));

    let telemetry = Collector::builder().kafka(config.clone()).start().unwrap();
    let trace = telemetry.trace("t").user_input("hello").start();
    let trace_id = trace.trace_id();
    let agent = trace.agent("greeter");
    agent.llm("gpt-5").complete();
    agent.event("greeted", "hello");
    agent.complete();
    trace.handoff("greeter", "poet").send();
    trace.complete("hello to you");
    let report = telemetry.shutdown(PATIENCE).await;
    // A trace opened and completed, two spans, an event, a handoff.
    assert_eq!(
        (report.delivered, report.dropped, report.pending),
        (6, 0, 0)
    );

    let mut kinds = Vec::new();
    while kinds.len() < 6 {
        let TailEvent::Message(message) = next(&mut tail).await else {
            panic!("ready twice")
        };
        let Decoded::Fold { record, .. } = decode(message.raw()) else {
            panic!("{message:?}")
        };
        assert_eq!(record.trace_id(), Some(trace_id));
        kinds.push(match record {
            Record::Trace(trace) if trace.status == Status::Running => "opened",
            Record::Trace(_) => "completed",
            Record::Span(_) => "span",
            Record::Event(_) => "event",
            Record::Handoff(_) => "handoff",
            other => panic!("{other:?}"),
        });
    }
    kinds.sort_unstable();
    let expected = ["completed", "event", "handoff", "opened", "span", "span"];
    assert_eq!(kinds, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kafka_records_wait_and_the_agent_goes_on() {
    // A port on which nobody listens: it was ours a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let builder = Collector::builder().bootstrap_servers(nobody);
    let telemetry = builder.start().unwrap();
    telemetry.trace("t").start().complete("done");
    let report = telemetry.flush(std::time::Duration::from_millis(200)).await;
    assert_eq!((report.pending, report.delivered), (2, 0), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_wait_for_topics_that_are_created_later() {
    let Some(broker) = broker().await else { return };
    let config = &broker.config;
    let telemetry = Collector::builder().kafka(config.clone()).start().unwrap();
    telemetry.trace("early").start().complete("done");
    let report = telemetry.flush(std::time::Duration::from_secs(1)).await;
    assert_eq!((report.pending, report.failed), (2, 0), "{report:?}");
    ensure_topics(config, &TopicPlan::default()).await.unwrap();
    let report = telemetry.flush(PATIENCE).await;
    assert_eq!((report.delivered, report.failed), (2, 0), "{report:?}");
}
