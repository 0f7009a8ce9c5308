//! A record that nobody can read.

use telemetron_kafka::{Headers, Outgoing};
use telemetron_model::topic::Topic;

use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    let topic = stage.producer.topics().of(Topic::Spans).to_owned();
    let record = Outgoing {
        topic: &topic,
        partition: None,
        key: None,
        headers: &Headers::default(),
        payload: Some(b"no json at all"),
    };
    stage.producer.send_raw(&record).await.unwrap();
    let issue = stage.opens("poison_records").await;
    let said = issue["summary"].as_str().unwrap();
    let expected = format!("1 record of {topic} could not be read");
    assert!(said.starts_with(&expected), "{said}");
    let next = issue["next"]["call"].as_str().unwrap();
    assert!(next.starts_with("/api/v1/dead-letters/"), "{next}");
}
