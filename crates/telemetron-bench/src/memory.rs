//! Resident memory of consumer and API under a steady load, with one huge trace in the midst.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use telemetron_kafka::{KafkaConfig, Producer, ProducerOptions};
use telemetron_model::Timestamp;
use telemetron_model::record::Record;
use tokio::time::{MissedTickBehavior, sleep};

use crate::load::Load;
use crate::report::{line, target};
use crate::target::Target;
use crate::workload::{id_of_trace, trace_of};

/// Spans of the huge trace.
const HUGE: u32 = 50_000;

/// How long the huge trace may take to be stored.
const PATIENCE: Duration = Duration::from_secs(120);

/// One look at the process: seconds since the start, MiB.
type Sample = (f64, f64);

pub(crate) async fn run(target: &Target, per_second: u32, length: Duration) -> anyhow::Result<()> {
    let (pid, kafka, api) = (target.pid()?, target.kafka()?, target.api_url()?);
    let mut load = Load::start(&kafka)?;
    let (samples, huge, sent) = tokio::join!(
        sample(pid, length),
        huge_trace(&kafka, &api, length / 3),
        load.run(per_second, length, |_| ()),
    );
    sent?;
    let report = load.stop().await;
    figures(&samples?, length);
    line("huge trace: sent and stored", huge?, "s");
    line("peak of the process so far", resident(pid, "VmHWM")?, "MiB");
    anyhow::ensure!(
        report.dropped + report.failed + report.pending == 0,
        "records were lost on the way: {report:?}"
    );
    Ok(())
}

fn figures(samples: &[Sample], length: Duration) {
    let seconds = length.as_secs_f64();
    let at = |time: f64| {
        let later = samples.iter().find(|sample| sample.0 >= time);
        later
            .or_else(|| samples.last())
            .map_or(f64::NAN, |sample| sample.1)
    };
    let most = samples.iter().map(|sample| sample.1).fold(0.0, f64::max);
    let second_half: Vec<_> = samples
        .iter()
        .copied()
        .filter(|sample| sample.0 >= seconds / 2.0)
        .collect();
    line("resident at the start", at(0.0), "MiB");
    line(
        "resident after a third, before the huge trace",
        at(seconds / 3.0 - 1.0),
        "MiB",
    );
    line("resident in the middle", at(seconds / 2.0), "MiB");
    line("resident at the end", at(seconds), "MiB");
    line("resident at most", most, "MiB");
    let slope = slope(&second_half) * 60.0;
    line("slope of the second half", slope, "MiB/min");
    target("growth of the second half", slope, 1.0, "MiB/min");
}

/// The slope of the straight line that fits best (least squares).
fn slope(samples: &[Sample]) -> f64 {
    let count = crate::report::figure(samples.len());
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (time, memory) = (mean(|sample| sample.0), mean(|sample| sample.1));
    let both: f64 = samples.iter().map(|s| (s.0 - time) * (s.1 - memory)).sum();
    let square: f64 = samples.iter().map(|s| (s.0 - time).powi(2)).sum();
    both / square
}

/// Looks at the process each second.
async fn sample(pid: u32, length: Duration) -> anyhow::Result<Vec<Sample>> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (begun, mut samples) = (Instant::now(), Vec::new());
    while begun.elapsed() < length {
        ticks.tick().await;
        samples.push((begun.elapsed().as_secs_f64(), resident(pid, "VmRSS")?));
    }
    Ok(samples)
}

/// A field of the process's status, in MiB.
fn resident(pid: u32, field: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    let kib: f64 = kib.context("no memory in the process's status")?.parse()?;
    Ok(kib / 1024.0)
}

/// Sends a huge trace after a while and reads it in every way; says how long until it was stored.
async fn huge_trace(kafka: &str, api: &str, after: Duration) -> anyhow::Result<f64> {
    sleep(after).await;
    let timer = Instant::now();
    let begun = Timestamp::now();
    let number = begun.nanos().unsigned_abs();
    let producer = Producer::new(&KafkaConfig::new(kafka), &ProducerOptions::default())?;
    let mut batch = producer.batch();
    for span in trace_of(HUGE, number, begun) {
        batch.send(&Record::from(span)).await?;
    }
    batch.delivered().await?;
    let trace = format!("{api}/api/v1/traces/{}", id_of_trace(number));
    until_stored(&trace).await?;
    let took = timer.elapsed().as_secs_f64();
    for of in [
        "?include=payloads",
        "/spans?fields=skeleton&limit=50000",
        "/graph",
        "/timeline?limit=10000",
    ] {
        reqwest::get(format!("{trace}{of}"))
            .await?
            .error_for_status()?
            .bytes()
            .await?;
    }
    Ok(took)
}

async fn until_stored(trace: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer: Value = reqwest::get(format!("{trace}?limit=1"))
            .await?
            .json()
            .await?;
        if answer["trace"]["counts"]["spans"] == HUGE {
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "not stored: {}",
            answer["trace"]["counts"]
        );
        sleep(Duration::from_millis(100)).await;
    }
}
