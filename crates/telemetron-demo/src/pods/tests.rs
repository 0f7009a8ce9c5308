//! The team of pods on a real Kafka: three agents and a front desk in one process.

use std::time::Duration;

use telemetron_kafka::KafkaConfig;
use telemetron_sdk::{Collector, MemorySink, Record, Status};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Desk, Role, open, serve};

const DEADLINE: Duration = Duration::from_secs(90);

fn kafka() -> KafkaConfig {
    let servers = std::env::var("KAFKA_BOOTSTRAP_SERVERS").unwrap();
    KafkaConfig::new(servers).with_topic_prefix(format!("{}.", uuid::Uuid::new_v4()))
}

#[tokio::test]
async fn requests_pass_from_queue_to_queue_and_each_is_one_trace() {
    let (kafka, sink, stop) = (kafka(), MemorySink::default(), CancellationToken::new());
    let telemetry = || Collector::builder().sink(sink.clone()).start().unwrap();
    let mut agents = JoinSet::new();
    for role in Role::ALL {
        agents.spawn(serve(role, kafka.clone(), telemetry(), stop.clone()));
    }
    let desk = Desk {
        every: Duration::from_millis(100),
        requests: Some(4),
        faults: true,
    };
    let asked = open(desk, kafka, telemetry(), stop.clone());
    assert_eq!(timeout(DEADLINE, asked).await.unwrap().unwrap(), 4);
    stop.cancel();
    while let Some(ended) = agents.join_next().await {
        ended.unwrap().unwrap();
    }

    let ended = sink
        .traces()
        .into_iter()
        .filter(|trace| trace.end_time.is_some());
    let mut outcomes: Vec<_> = ended.map(|trace| trace.status).collect();
    outcomes.sort();
    // The tool of the fourth request is broken.
    let good = Status::Completed;
    assert_eq!(outcomes, [good, good, good, Status::Failed]);
    let traces: Vec<_> = sink
        .traces()
        .into_iter()
        .map(|trace| trace.trace_id)
        .collect();
    let spans = sink.spans();
    assert!(spans.iter().all(|span| traces.contains(&span.trace_id)));
    let handoffs = sink.of_kind(|record| match record {
        Record::Handoff(handoff) => Some(handoff.target_agent_name),
        _ => None,
    });
    let to = |agent| handoffs.iter().filter(|target| *target == agent).count();
    assert_eq!((to("planner"), to("researcher"), to("writer")), (4, 4, 3));
}
