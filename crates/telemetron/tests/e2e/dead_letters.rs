//! Records that no dead letter holds whole, from the topic to an operator's terminal.

use serde_json::Value;
use telemetron_kafka::{Headers, KafkaConfig, Outgoing, Producer, ProducerOptions};

use crate::platform::Platform;

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_record_stops_nothing_and_its_cut_letter_is_shown_and_not_sent_again() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let kafka = KafkaConfig::new(platform.bootstrap_servers());
    let producer = Producer::new(&kafka, &ProducerOptions::default()).unwrap();
    let topic = "agent-telemetry-spans";
    let headers = Headers::new().with("schema", "telemetron.span.v1");
    let calls = format!(r#"{{"llm_calls":"{}"}}"#, "A".repeat(7 * 1024 * 1024));
    let (key, spaces) = (vec![0xff; 4_600_000], vec![b' '; 7_960_000]);
    let poisons = [
        (None, calls.as_bytes()),
        (Some(key.as_slice()), b"{}".as_slice()),
        (Some(key.as_slice()), spaces.as_slice()),
    ];
    for (key, value) in poisons {
        let outgoing = Outgoing {
            topic,
            partition: Some(0),
            key,
            headers: &headers,
            payload: Some(value),
        };
        producer.send_raw(&outgoing).await.unwrap();
    }
    let list = "/api/v1/dead-letters";
    let three = |answer: &Value| answer["items"].as_array().is_some_and(|all| all.len() == 3);
    let letters = platform.eventually(list, three).await;
    let ledger = platform.eventually("/api/v1/ingest", |_| true).await;
    assert_eq!(ledger["ledger"]["balanced"], true);
    assert!(platform.api().ready().await.is_ok());

    let letters = letters["items"].as_array().unwrap();
    let cut = letters.iter().find(|letter| letter["cut"].is_string());
    let id = cut.unwrap()["id"].to_string();
    let shown = run(&platform, &["dlq", "show", &id]);
    assert!(
        shown.0 && shown.1.contains("the value of 7960000 bytes (xxh3 "),
        "{}",
        &shown.1[..500]
    );
    let replayed = run(&platform, &["dlq", "replay", &id]);
    assert!(
        !replayed.0 && replayed.1.contains("cannot be sent again"),
        "{}",
        replayed.1
    );
    let skipped = run(
        &platform,
        &["dlq", "skip", topic, "0", "1", "--reason", "late"],
    );
    assert!(
        !skipped.0 && skipped.1.contains("was passed before"),
        "{}",
        skipped.1
    );
    let beyond = run(
        &platform,
        &["dlq", "skip", topic, "0", "77", "--reason", "typed wrong"],
    );
    assert!(!beyond.0 && beyond.1.contains("and not 77"), "{}", beyond.1);
}

/// Whether a command ended well, and all that it said.
fn run(platform: &Platform, arguments: &[&str]) -> (bool, String) {
    let output = platform.command(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}
