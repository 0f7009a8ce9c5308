//! Platforms that forward to each other, or to themselves, exchange everything once.

use serde_json::{Value, json};
use telemetron_model::topic::Topic;

use super::alone::{Broker, Gateway, Topics};
use super::{request, span};
use crate::platform::free_port;

/// Spans of each way in.
const SPANS: u64 = 20;

async fn post(gateway: &Gateway, path: &str, body: &Value) {
    let request = reqwest::Client::new().post(gateway.url(path)).json(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({}), "{path}");
}

/// Sends spans, log records and points.
async fn send_everything(gateway: &Gateway, trace: u128) {
    let parent = |id: u64| (id > 1).then_some(1);
    let spans: Vec<_> = (1..=SPANS).map(|id| span(trace, id, parent(id))).collect();
    post(gateway, "/v1/traces", &request(&spans, "round")).await;
    let time = "1700000000000000000";
    let logs: Vec<_> = (0..5)
        .map(|number| json!({"timeUnixNano": time, "body": {"stringValue": format!("{trace} {number}")}}))
        .collect();
    let logs = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]});
    post(gateway, "/v1/logs", &logs).await;
    let points: Vec<_> = (0..5)
        .map(|number| {
            json!({"timeUnixNano": time, "asDouble": 1, "attributes": [
            {"key": "n", "value": {"stringValue": format!("{trace} {number}")}}]})
        })
        .collect();
    let metrics = json!([{"name": "m", "gauge": {"dataPoints": points}}]);
    let metrics = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]});
    post(gateway, "/v1/metrics", &metrics).await;
}

/// Spans, events and points that a platform holds.
async fn held(topics: &Topics) -> [i64; 3] {
    [
        topics.count(Topic::Spans).await,
        topics.count(Topic::Events).await,
        topics.count(Topic::Metrics).await,
    ]
}

/// Waits until the forwarder has looked at everything: it has been sent, or passed over.
async fn has_looked_at(gateway: &Gateway, topics: &Topics) {
    let looked = async || {
        let sent = gateway.metric("telemetron_forward_items_total", "").await;
        let skipped = gateway
            .metric("telemetron_forward_skipped_items_total", "")
            .await;
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let all = held(topics).await.iter().sum::<i64>() as f64;
        sent + skipped >= all
    };
    gateway.until("through with everything", looked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_forward_to_each_other_exchange_everything_once() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let (here, there) = (broker.topics("here").await, broker.topics("there").await);
    let (port, other) = (free_port(), free_port());
    let to_there = format!("http://127.0.0.1:{other}");
    let to_here = format!("http://127.0.0.1:{port}");
    let first = Gateway::start_at(port, &here, &["--forward-to", &to_there]).await;
    let second = Gateway::start_at(other, &there, &["--forward-to", &to_here]).await;
    send_everything(&first, 1).await;
    send_everything(&second, 2).await;

    let whole = [i64::try_from(2 * SPANS).unwrap(), 10, 10];
    for (gateway, topics) in [(&first, &here), (&second, &there)] {
        gateway
            .until("whole", async || held(topics).await == whole)
            .await;
    }
    for (gateway, topics) in [(&first, &here), (&second, &there)] {
        has_looked_at(gateway, topics).await;
    }
    assert_eq!(held(&here).await, whole, "{}", first.log());
    assert_eq!(held(&there).await, whole, "{}", second.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_forwards_to_itself_under_another_name_says_so_and_takes_nothing_twice() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let topics = broker.topics("itself").await;
    // Another gateway of the same platform: what a name in front of all of them leads to.
    let sibling = Gateway::start(&topics, &[]).await;
    let to = sibling.url("");
    let gateway = Gateway::start(&topics, &["--forward-to", &to]).await;
    send_everything(&gateway, 3).await;
    let said = async || {
        let log = gateway.log();
        log.contains("leads back to this very platform")
    };
    gateway.until("said", said).await;
    let all = async || {
        let retries = gateway.metric("telemetron_forward_retries_total", "").await;
        retries >= 3.0
    };
    gateway.until("tried by every signal", all).await;
    assert_eq!(held(&topics).await, [i64::try_from(SPANS).unwrap(), 5, 5]);
}
