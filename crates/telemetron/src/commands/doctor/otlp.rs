//! `telemetron doctor otlp`: a span is sent as an exporter would, and watched until it is stored.

use std::time::Duration;

use anyhow::bail;
use reqwest::StatusCode;
use serde_json::{Value, json};
use telemetron_model::{Timestamp, TraceId};
use tokio::time::{Instant, sleep};

use super::settings::{self, Target, Variables, Weight};
use crate::args::ApiTarget;
use crate::client::{Client, Query};
use crate::output;
use crate::platform::Platform;

/// Longest an exporter waits.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Longest a span may take from its acknowledgement to the store.
const PATIENCE: Duration = Duration::from_secs(15);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// Says what is wrong; fails when nothing would arrive.
pub(super) async fn run(api: &ApiTarget, platform: &Platform) -> anyhow::Result<()> {
    let variables: Variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("OTEL_"))
        .collect();
    let (target, findings) = settings::read(&variables);
    for found in &findings {
        tell(found.weight, &found.text)?;
    }
    let wrong = findings.iter().any(|found| found.weight == Weight::Wrong);
    let trace = trace_id();
    match send(&target, &trace).await {
        Ok(()) => {
            let text = format!("{} has taken a span of trace {trace}", target.url);
            tell(Weight::Good, &text)?;
        }
        Err(reason) => {
            tell(Weight::Wrong, &reason)?;
            bail!("nothing arrives with these settings");
        }
    }
    let stored = stored(&api.client(platform)?, &trace).await;
    match stored {
        Some(took) => {
            let text = format!(
                "it was stored {} ms later: `telemetron traces show {trace}`",
                took.as_millis()
            );
            tell(Weight::Good, &text)?;
        }
        None => {
            let text = format!(
                "it is not stored after {} s: the address belongs to another platform than the API, or nothing reads Kafka (`telemetron oracle issues`)",
                PATIENCE.as_secs()
            );
            tell(Weight::Wrong, &text)?;
            bail!("what is sent does not arrive here");
        }
    }
    if wrong {
        bail!("the gateway is well, and an SDK would not send with these settings");
    }
    Ok(())
}

fn tell(weight: Weight, text: &str) -> anyhow::Result<()> {
    let mark = match weight {
        Weight::Good => "ok   ",
        Weight::Odd => "odd  ",
        Weight::Wrong => "WRONG",
    };
    Ok(output::line(format_args!("{mark} {text}"))?)
}

/// A trace that nobody else has: an id of this moment and this process.
fn trace_id() -> TraceId {
    let nanos = Timestamp::now().nanos().unsigned_abs();
    let seed = format!("{nanos}/{}", std::process::id());
    telemetron_otlp::claude_hooks::ids::trace(&seed, None)
}

/// Sends the span; says why it was not taken.
async fn send(target: &Target, trace: &TraceId) -> Result<(), String> {
    let url = match target.is_grpc {
        // Either port of ours takes either protocol, and a span over HTTP says why it is refused.
        true => format!("{}/v1/traces", target.url),
        false => target.url.clone(),
    };
    let http = reqwest::Client::builder().timeout(TIMEOUT).build();
    let http = http.map_err(|error| error.to_string())?;
    let mut request = http.post(&url).json(&span(trace));
    for (name, value) in &target.headers {
        request = request.header(name, value);
    }
    let answer = request
        .send()
        .await
        .map_err(|error| unreachable(&url, &error))?;
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    if status.is_success() {
        return Ok(());
    }
    let said = serde_json::from_str::<Value>(&body).ok();
    let said = said
        .as_ref()
        .and_then(|said| said["message"].as_str())
        .unwrap_or(&body);
    let advice = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "; the path is wrong",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; OTEL_EXPORTER_OTLP_HEADERS may lack a key"
        }
        _ => "",
    };
    Err(format!(
        "{url} answers {status}: {}{advice}",
        output::shortened(said, 300)
    ))
}

fn unreachable(url: &str, error: &reqwest::Error) -> String {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        why = deeper.to_string();
        cause = deeper.source();
    }
    let advice = if error.is_timeout() {
        "; something listens there and does not answer"
    } else if url.starts_with("https://") {
        "; the gateway speaks TLS only where a proxy before it does: try http://"
    } else {
        "; is `telemetron up` or a gateway running there?"
    };
    format!("{url} cannot be reached: {why}{advice}")
}

fn span(trace: &TraceId) -> Value {
    let now = Timestamp::now().nanos();
    json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "telemetron-doctor"}}]},
        "scopeSpans": [{"scope": {"name": "telemetron.doctor"}, "spans": [{
            "traceId": trace.to_string(), "spanId": "00000000000d0c70", "name": "doctor", "kind": 1,
            "startTimeUnixNano": now.to_string(), "endTimeUnixNano": now.to_string(),
        }]}],
    }]})
}

/// How long it took until the trace could be read.
async fn stored(client: &Client, trace: &TraceId) -> Option<Duration> {
    let began = Instant::now();
    let id = trace.to_string();
    while began.elapsed() < PATIENCE {
        if client
            .get(&["api", "v1", "traces", &id], &Query::default())
            .await
            .is_ok()
        {
            return Some(began.elapsed());
        }
        sleep(LOOK).await;
    }
    None
}
