//! Telemetron's benchmarks. Each prints what it measured as ratios to a limit of the same run.
//!
//! ```text
//!  workload (22 spans a trace, 1.7 KB each) ──▶ fold      decode and fold on one core
//!                                           ├─▶ consumer  Kafka to committed rows, against COPY
//!                                           ├─▶ gateway   OTLP to Kafka, against decode and encode
//!                                           ├─▶ reads     the API at a million spans, against SQL
//!                                           └─▶ diagnosis-speed  of a trace of 10,000 spans
//!  labelled failed runs ──▶ diagnosis        how often it is right, against simple guesses
//!  load through the SDK, a running platform ──▶ live      emit to WebSocket, emit to queryable
//!                                           ├─▶ oracle    the state of 200 agents, in every form
//!                                           └─▶ memory    of consumer and API, minutes long
//! ```
//!
//! `scripts/bench.sh` starts the services, builds this for release and runs everything.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod consumer;
mod copy_yardstick;
mod cpu;
mod diagnosis;
mod fold;
mod gateway;
mod live;
mod load;
mod memory;
mod oracle;
mod platform;
mod reads;
mod report;
mod target;
mod workload;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::target::{Target, TargetArgs};

/// Benchmarks of Telemetron.
#[derive(Parser)]
enum Command {
    /// Decode and fold on one core, in memory.
    Fold {
        /// Traces of 22 spans.
        #[arg(long, default_value_t = 4_000)]
        traces: u32,
    },
    /// From Kafka to committed rows, against COPY of the same rows and of plain jsonb rows.
    Consumer {
        /// Traces of 22 spans.
        #[arg(long, default_value_t = 5_000)]
        traces: u32,
        /// How often each variant is measured; the median is printed.
        #[arg(long, default_value_t = 3)]
        repeat: usize,
        /// Send a start record before each end record.
        #[arg(long)]
        starts: bool,
    },
    /// OTLP over HTTP to Kafka and to rows, against bare decode and encode; on a running platform.
    Gateway {
        #[command(flatten)]
        target: TargetArgs,
        /// The binary whose gateway is measured, in a process of its own.
        #[arg(long, default_value = "target/release/telemetron")]
        binary: String,
        /// Requests of 512 spans.
        #[arg(long, default_value_t = 200)]
        requests: usize,
        /// Requests that are sent at the same time.
        #[arg(long, default_value_t = 4)]
        exporters: usize,
        /// How often it is measured; the median is printed.
        #[arg(long, default_value_t = 3)]
        repeat: usize,
    },
    /// Emit to WebSocket and emit to queryable, against a running platform.
    Live {
        #[command(flatten)]
        target: TargetArgs,
        /// How long, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Spans a second.
        #[arg(long, default_value_t = 1_000)]
        rate: u32,
    },
    /// Latency of the API's answers at a million stored spans, against bare SQL.
    Reads {
        #[command(flatten)]
        target: TargetArgs,
        /// Traces of 22 spans; what is missing of them is stored first.
        #[arg(long, default_value_t = 45_500)]
        traces: u32,
        /// How often each small question is asked; a large one a tenth as often.
        #[arg(long, default_value_t = 1_000)]
        rounds: usize,
    },
    /// How often diagnosis is right on labelled failed runs, beside simple guesses.
    Diagnosis {
        /// Folder with the unpacked sets: whowhen, agentrx_magentic, agentrx_tau, mas_sim_otel,
        /// agenterrorbench.
        dir: PathBuf,
        /// Fit the weights of the signals on the tuning half and print them, instead of scoring.
        #[arg(long)]
        fit: bool,
    },
    /// How long a diagnosis and a comparison of large traces take.
    DiagnosisSpeed {
        #[command(flatten)]
        target: TargetArgs,
        /// Spans in a trace.
        #[arg(long, default_value_t = 10_000)]
        spans: u32,
        /// Only in memory: no platform is asked.
        #[arg(long)]
        in_memory: bool,
    },
    /// Latency of the Oracle's answers while its collectors look at a system of 200 agents.
    Oracle {
        #[command(flatten)]
        target: TargetArgs,
        /// How often each question is asked.
        #[arg(long, default_value_t = 1_000)]
        rounds: usize,
    },
    /// Memory of consumer and API under a steady load, with a trace of 50,000 spans in it.
    Memory {
        #[command(flatten)]
        target: TargetArgs,
        /// How long, in seconds.
        #[arg(long, default_value_t = 600)]
        seconds: u64,
        /// Spans a second.
        #[arg(long, default_value_t = 1_000)]
        rate: u32,
    },
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    match Command::parse() {
        Command::Fold { traces } => fold::run(traces),
        Command::Consumer {
            traces,
            repeat,
            starts,
        } => runtime.block_on(consumer::run(traces, repeat, starts)),
        Command::Gateway {
            target,
            binary,
            requests,
            exporters,
            repeat,
        } => {
            let target = Target::from(target);
            let plan = gateway::Plan {
                binary,
                requests,
                exporters,
                repeat,
            };
            let (kafka, database) = (target.kafka()?, target.database_url()?);
            runtime.block_on(gateway::run(&plan, &kafka, &database))
        }
        Command::Live {
            target,
            seconds,
            rate,
        } => runtime.block_on(live::run(
            &target.into(),
            rate,
            Duration::from_secs(seconds),
        )),
        Command::Reads {
            target,
            traces,
            rounds,
        } => runtime.block_on(reads::run(&target.into(), traces, rounds)),
        Command::Diagnosis { dir, fit } => diagnosis::score(&diagnosis::Choice { dir: &dir, fit }),
        Command::DiagnosisSpeed {
            target,
            spans,
            in_memory,
        } => {
            let target = (!in_memory).then(|| target.into());
            runtime.block_on(diagnosis::speed(spans, target.as_ref()))
        }
        Command::Oracle { target, rounds } => runtime.block_on(oracle::run(&target.into(), rounds)),
        Command::Memory {
            target,
            seconds,
            rate,
        } => runtime.block_on(memory::run(
            &target.into(),
            rate,
            Duration::from_secs(seconds),
        )),
    }
}
