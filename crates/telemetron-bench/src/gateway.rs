//! OTLP to Kafka and to queryable rows, against bare protobuf decode and JSON encode of the same
//! spans.
//!
//! The yardstick runs beside the load, on a thread of its own: what takes the processor's caches
//! from the gateway takes them from it too. Both are processor time, so waiting counts for neither.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use telemetron_model::Timestamp;
use telemetron_otlp::encode;
use telemetron_otlp::wire::{self, Encoding};
use tokio::task::JoinSet;

use crate::report::{figure, line, median, target};
use crate::{cpu, workload};

/// Spans in a request, as the batch processors of the SDKs send them.
const BATCH: usize = 512;

/// How much of the processor the gateway may take, as a multiple of bare decode and encode.
const MOST: f64 = 3.0;

/// How long the gateway may take to be ready.
const START: Duration = Duration::from_secs(60);

/// What to measure.
pub(crate) struct Plan {
    /// The binary whose `gateway` is measured, in a process of its own.
    pub(crate) binary: String,
    /// Requests.
    pub(crate) requests: usize,
    /// Requests that are sent at the same time.
    pub(crate) exporters: usize,
    /// Repetitions; the median is printed.
    pub(crate) repeat: usize,
}

/// One repetition.
struct Measured {
    accepted: f64,
    queryable: f64,
    cpu: f64,
    bare: f64,
}

pub(crate) async fn run(plan: &Plan, kafka: &str, database_url: &str) -> anyhow::Result<()> {
    let pool = sqlx::PgPool::connect(database_url).await?;
    let gateway = Gateway::start(&plan.binary, kafka).await?;
    let mut all = Vec::new();
    for round in 0..=plan.repeat {
        let bodies = bodies(plan.requests, round);
        let measured = measure(&gateway, &pool, plan, &bodies).await?;
        // The first round warms up.
        if round > 0 {
            all.push(measured);
        }
    }
    let of = |what: fn(&Measured) -> f64| median(all.iter().map(what).collect());
    let spans = plan.requests * BATCH;
    println!(
        "gateway: {spans} spans, {BATCH} a request, {} repetitions, medians",
        plan.repeat
    );
    line(
        "accepted: HTTP protobuf, acknowledged by Kafka",
        of(|one| one.accepted),
        "spans/s",
    );
    line("queryable: in Postgres", of(|one| one.queryable), "spans/s");
    line("gateway CPU per 1,000 spans", of(|one| one.cpu * 1e3), "s");
    line(
        "bare decode and encode per 1,000 spans",
        of(|one| one.bare * 1e3),
        "s",
    );
    let ratio = of(|one| one.cpu / one.bare);
    target(
        "CPU of the gateway, to bare decode and encode",
        ratio,
        MOST,
        "x",
    );
    Ok(())
}

async fn measure(
    gateway: &Gateway,
    pool: &sqlx::PgPool,
    plan: &Plan,
    bodies: &[Bytes],
) -> anyhow::Result<Measured> {
    let spans = figure(bodies.len() * BATCH);
    let bare = Bare::start(bodies.to_vec());
    let (before, cpu_before) = (stored(pool).await?, gateway.cpu());
    let timer = Instant::now();
    post_all(&gateway.url, bodies, plan.exporters).await?;
    let accepted = spans / timer.elapsed().as_secs_f64();
    let cpu = (gateway.cpu() - cpu_before) / spans;
    let bare = bare.stop()?;
    while figure(usize::try_from(stored(pool).await? - before)?) < spans {
        anyhow::ensure!(
            timer.elapsed() < Duration::from_secs(300),
            "not all spans are stored"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let queryable = spans / timer.elapsed().as_secs_f64();
    Ok(Measured {
        accepted,
        queryable,
        cpu,
        bare,
    })
}

/// Decodes the bodies and writes the same spans as JSON, nothing between, again and again.
struct Bare {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<f64>>,
}

impl Bare {
    fn start(bodies: Vec<Bytes>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || bare(&bodies, &stopped));
        Self { stop, thread }
    }

    /// Seconds of processor time a span.
    fn stop(self) -> anyhow::Result<f64> {
        self.stop.store(true, Relaxed);
        let bare = self.thread.join();
        bare.map_err(|_| anyhow::anyhow!("the yardstick broke"))?
    }
}

fn bare(bodies: &[Bytes], stopped: &AtomicBool) -> anyhow::Result<f64> {
    let (mut spans, before) = (0, cpu::own_thread());
    for body in bodies.iter().cycle() {
        let request = wire::decode_traces(body, Encoding::Protobuf)?;
        std::hint::black_box(wire::encode_traces(&request, Encoding::Json));
        spans += BATCH;
        if stopped.load(Relaxed) {
            break;
        }
    }
    Ok((cpu::own_thread() - before) / figure(spans))
}

async fn post_all(url: &str, bodies: &[Bytes], exporters: usize) -> anyhow::Result<()> {
    let client = reqwest::Client::new();
    let mut tasks = JoinSet::new();
    for first in 0..exporters {
        let mine: Vec<_> = bodies
            .iter()
            .skip(first)
            .step_by(exporters)
            .cloned()
            .collect();
        let (client, url) = (client.clone(), url.to_owned());
        tasks.spawn(async move { post_each(&client, &url, mine).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn post_each(client: &reqwest::Client, url: &str, bodies: Vec<Bytes>) -> anyhow::Result<()> {
    for body in bodies {
        let request = client
            .post(url)
            .header("content-type", "application/x-protobuf");
        let answer = request.body(body).send().await?.error_for_status()?;
        anyhow::ensure!(answer.bytes().await?.is_empty(), "some spans were rejected");
    }
    Ok(())
}

/// Requests of spans that no other round has.
fn bodies(requests: usize, round: usize) -> Vec<Bytes> {
    use prost::Message as _;
    let begun = Timestamp::now();
    let seed = u64::try_from(begun.nanos())
        .unwrap_or_default()
        .wrapping_add(round as u64);
    let traces = (0..).flat_map(|number| workload::trace(seed.wrapping_add(number), begun));
    let spans: Vec<_> = traces.take(requests * BATCH).collect();
    let requests = spans
        .chunks(BATCH)
        .map(|batch| encode::traces(batch.iter()));
    requests
        .map(|request| request.encode_to_vec().into())
        .collect()
}

async fn stored(pool: &sqlx::PgPool) -> anyhow::Result<i64> {
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM spans")
        .fetch_one(pool)
        .await?;
    Ok(count)
}

/// A gateway in a process of its own, so that its processor time is its alone.
struct Gateway {
    process: Child,
    url: String,
}

impl Gateway {
    async fn start(binary: &str, kafka: &str) -> anyhow::Result<Self> {
        let (http, grpc) = (free_port()?, free_port()?);
        let settings = BTreeMap::from([
            ("KAFKA_BOOTSTRAP_SERVERS", kafka.to_owned()),
            ("OTLP_HTTP_LISTEN", format!("127.0.0.1:{http}")),
            ("OTLP_GRPC_LISTEN", format!("127.0.0.1:{grpc}")),
        ]);
        let mut command = Command::new(binary);
        let command = command.arg("gateway").envs(settings).stdin(Stdio::null());
        let process = command
            .spawn()
            .with_context(|| format!("cannot run {binary}"))?;
        let gateway = Self {
            process,
            url: format!("http://127.0.0.1:{http}/v1/traces"),
        };
        gateway.ready(http).await?;
        Ok(gateway)
    }

    async fn ready(&self, port: u16) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        loop {
            let answer = reqwest::get(format!("http://127.0.0.1:{port}/ready")).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "the gateway is not ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn cpu(&self) -> f64 {
        cpu::of(self.process.id())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It fails only when the process has ended already.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}
