//! Against a Kafka that answers as it is told.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use telemetron_model::record::{Span, SpanKind};
use telemetron_model::topic::Topic;
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};

use super::*;

type Mock = MockCluster<'static, DefaultProducerContext>;

fn limits(ack_time: Duration) -> Limits {
    Limits {
        body_bytes: 1 << 20,
        bytes_in_flight: 1 << 20,
        requests: 10,
        body_time: Duration::from_secs(1),
        queue_messages: 1_000,
        queue_bytes: 16 << 20,
        room_time: Duration::from_millis(50),
        ack_time,
    }
}

fn kafka() -> (Mock, Delivery) {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic(Topic::Spans.name(), 1, 1).unwrap();
    let config = KafkaConfig::new(mock.bootstrap_servers());
    let delivery = Delivery::new(&config, &limits(Duration::from_secs(30))).unwrap();
    (mock, delivery)
}

fn pack(payloads: &[usize]) -> Pack {
    let mut pack = Pack::default();
    let trace = TraceId::from_bytes([1; 16]).unwrap();
    for (number, bytes) in (1..).zip(payloads) {
        let id = SpanId::from_slice(&[number; 8]).unwrap();
        let start = Timestamp::from_nanos(1);
        let mut span = Span::started(trace, id, "step", SpanKind::Chain, start);
        span.input_data = RawJson::of(&"x".repeat(*bytes));
        pack.add(&span.into()).unwrap();
    }
    pack
}

#[tokio::test]
async fn everything_is_acknowledged_before_it_is_said_so() {
    let (_mock, delivery) = kafka();
    let delivered = delivery.deliver(pack(&[10, 20, 30])).await;
    assert_eq!(delivered, Ok(Delivered { too_large: 0 }));
    let stats = delivery.producer.peek().stats();
    assert_eq!((stats.delivered, stats.in_flight), (3, 0));
}

#[tokio::test]
async fn a_producer_that_broke_for_good_is_made_anew() {
    let (mock, delivery) = kafka();
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
    mock.request_errors(RDKafkaApiKey::InitProducerId, &[refused]);

    let failed = delivery.deliver(pack(&[1])).await;
    assert!(
        matches!(failed, Err(Refusal::Unavailable { .. })),
        "{failed:?}"
    );
    let broken = delivery.producer.peek();
    assert!(
        broken.fatal_error().is_some(),
        "the producer has not broken: {failed:?}"
    );

    let delivered = delivery.deliver(pack(&[1])).await;
    assert_eq!(delivered, Ok(Delivered { too_large: 0 }));
}

#[tokio::test]
async fn a_record_that_kafka_finds_too_large_costs_its_neighbours_nothing() {
    let (mock, delivery) = kafka();
    delivery.deliver(pack(&[1])).await.unwrap();
    let too_large = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    let fine = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
    // Together, then the small ones, then the large one alone.
    mock.request_errors(RDKafkaApiKey::Produce, &[too_large, fine, too_large]);

    let delivered = delivery.deliver(pack(&[10, SUSPICIOUS, 20])).await;
    assert_eq!(delivered, Ok(Delivered { too_large: 1 }));
    assert_eq!(delivery.producer.peek().stats().delivered, 3);
}

#[tokio::test]
async fn a_kafka_that_is_away_means_later_and_its_room_comes_back() {
    let (mock, _) = kafka();
    let config = KafkaConfig::new(mock.bootstrap_servers());
    let delivery = Delivery::new(&config, &limits(Duration::from_millis(1_500))).unwrap();
    delivery.deliver(pack(&[1])).await.unwrap();
    mock.broker_down(1).unwrap();
    let failed = delivery.deliver(pack(&[1])).await;
    assert!(
        matches!(failed, Err(Refusal::Unavailable { .. })),
        "{failed:?}"
    );
    mock.broker_up(1).unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while let Err(refusal) = delivery.deliver(pack(&[1])).await {
        assert!(tokio::time::Instant::now() < deadline, "{refusal:?}");
    }
}

#[tokio::test]
async fn a_delivery_goes_on_when_nobody_waits_for_it_and_the_end_waits_for_it() {
    let (_mock, delivery) = kafka();
    let waiting = delivery.deliver(pack(&[1, 2]));
    let nobody_waits = tokio::time::timeout(Duration::ZERO, waiting).await;
    assert!(nobody_waits.is_err(), "it was quicker than it can be");
    let producer = delivery.producer.peek();
    delivery.drain(Duration::from_secs(10)).await;
    assert_eq!(producer.stats().delivered, 2);
    assert_eq!(delivery.deliver(pack(&[1])).await, Err(Refusal::Stopping));
}
