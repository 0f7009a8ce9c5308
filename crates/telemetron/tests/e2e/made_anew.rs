//! A topic that is deleted and made anew in the same Kafka loses nothing of what is sent to the new one.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use serde_json::Value;

use crate::load::Load;
use crate::platform::Platform;

const SPANS: &str = "agent-telemetry-spans";

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_is_read_from_its_beginning_and_the_gap_is_named() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let load = Load::start(platform.bootstrap_servers());
    received(&platform, 400).await;
    let before = load.stop().await * 2;
    received(&platform, before).await;

    make_anew(&platform).await;
    // The same records again, and more of them: the stored offsets lie in the middle of the new topic.
    let load = Load::start(platform.bootstrap_servers());
    let beyond = |ends: &Value| {
        let high = |it: &Value| it["high_watermark"].as_u64().unwrap_or_default();
        let partitions = ends["partitions"].as_array();
        partitions.is_some_and(|all| all.iter().map(high).sum::<u64>() > before * 3 / 2)
    };
    platform.eventually("/api/v1/ingest", beyond).await;
    let sent = load.stop().await * 2;
    let answer = platform
        .eventually("/api/v1/ingest", |answer| {
            let gaps = answer["gaps"].as_array().map_or(0, Vec::len);
            gaps == 6 && answer["ledger"]["received"].as_u64() >= Some(before + sent)
        })
        .await;
    let gap = &answer["gaps"][0];
    assert_eq!(
        (&gap["topic"], &gap["unread"]),
        (&SPANS.into(), &0.into()),
        "{answer}"
    );
    assert_ne!(gap["topic_id"], gap["replaced_by"], "{answer}");
    assert_eq!(answer["ledger"]["balanced"], true, "{answer}");
    let spans = "SELECT count(DISTINCT (trace_id, span_id)), count(*) FILTER (WHERE status <> 2) FROM spans";
    let stored: (i64, i64) = sqlx::query_as(spans)
        .fetch_one(&platform.database())
        .await
        .unwrap();
    let most = i64::try_from(sent.max(before) / 2).unwrap();
    assert_eq!(stored, (most, 0), "spans stored, and of them not completed");
    let metrics = reqwest::get(platform.url("/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains("telemetron_consumer_partitions_replaced_total 6"),
        "{metrics}"
    );
}

async fn received(platform: &Platform, records: u64) {
    let enough = |answer: &Value| answer["ledger"]["received"].as_u64() >= Some(records);
    platform.eventually("/api/v1/ingest", enough).await;
}

async fn make_anew(platform: &Platform) {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", platform.bootstrap_servers())
        .create()
        .unwrap();
    let deleted = admin.delete_topics(&[SPANS], &AdminOptions::new()).await;
    deleted.unwrap()[0].as_ref().unwrap();
    // The name is free a moment later.
    loop {
        // Its own Kafka, not one that the environment of the tests names.
        let made = platform
            .command(&["topics", "create", "--json"])
            .output()
            .unwrap();
        let topics: Value = serde_json::from_slice(&made.stdout).unwrap_or_default();
        let topics = topics.as_array().cloned().unwrap_or_default();
        if topics
            .iter()
            .any(|it| it["name"] == SPANS && it["created"] == true)
        {
            return;
        }
    }
}
