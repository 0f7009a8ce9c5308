//! Records of a few megabytes that would become a few hundred: refused alone, and the rest is stored.

use telemetron_kafka::{Headers, KafkaConfig, Outgoing, Producer, ProducerOptions};
use telemetron_model::topic::Topic;

use crate::platform::Platform;

/// Most memory of consumer, API and gateway together.
const MOST_MIB: u64 = 512;

/// Records of each kind.
const RECORDS: u8 = 12;

/// A span with so many calls that have no span of their own.
fn span(trace: u8, calls: usize) -> String {
    let calls = vec![r#"{"model":""}"#; calls].join(",");
    format!(
        r#"{{"trace_id":"{}","span_id":"0102030405060708","name":"s","span_kind":"CHAIN",
        "status":"COMPLETED","start_time":1,"end_time":2,"llm_calls":[{calls}]}}"#,
        format!("{trace:02x}").repeat(16)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn megabytes_of_records_do_not_become_gigabytes() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let config = KafkaConfig::new(platform.bootstrap_servers());
    let producer = Producer::new(&config, &ProducerOptions::default()).unwrap();
    let topic = producer.topics().of(Topic::Spans).to_owned();
    let mut batch = producer.batch();
    for number in 1..=RECORDS {
        // 8 MiB of calls, and as many as may be.
        for (trace, calls) in [(number, 600_000), (100 + number, 10_000)] {
            let span = span(trace, calls);
            let record = Outgoing {
                topic: &topic,
                partition: None,
                key: None,
                headers: &Headers::default(),
                payload: Some(span.as_bytes()),
            };
            batch.send_raw(&record).await.unwrap();
        }
    }
    batch.delivered().await.unwrap();
    let all = u64::from(RECORDS);
    let counted = |answer: &serde_json::Value| {
        let ledger = &answer["ledger"];
        ledger["rejected"].as_u64() == Some(all) && ledger["stored"].as_u64() == Some(all)
    };
    platform.eventually("/api/v1/ingest", counted).await;
    let letters = platform.eventually("/api/v1/dead-letters", |_| true).await;
    assert!(
        letters.to_string().contains("more than 10000 elements"),
        "{letters}"
    );
    let peak = platform.peak_mib();
    println!("peak {peak} MiB");
    assert!(peak < MOST_MIB, "{peak} MiB");
}
