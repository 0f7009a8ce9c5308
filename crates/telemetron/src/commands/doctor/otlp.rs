//! `telemetron doctor otlp`: a span is sent as an exporter would, and watched until it is stored.

use std::time::Duration;

use anyhow::bail;
use telemetron_model::{Timestamp, TraceId};
use tokio::time::{Instant, sleep};

use super::exporter;
use super::settings::{self, Protocol, Variables, Weight};
use crate::args::ApiTarget;
use crate::client::{Client, Query};
use crate::output;
use crate::platform::Platform;

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
    match exporter::send(&target, &trace).await {
        Ok(()) => {
            let how = match target.protocol {
                Protocol::Grpc => "gRPC",
                Protocol::Http(_) => "HTTP",
            };
            let text = format!(
                "{} has taken a span of trace {trace} over {how}",
                target.url
            );
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
