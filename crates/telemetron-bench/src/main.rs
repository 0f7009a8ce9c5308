//! Telemetron's benchmarks. Each prints what it measured as ratios to a limit of the same run.
//!
//! ```text
//!  workload (22 spans a trace, 1.7 KB each) ──▶ fold      decode and fold on one core
//!                                           ├─▶ consumer  Kafka to committed rows, against COPY
//!                                           └─▶ reads     the API's queries at a million spans
//! ```
//!
//! `scripts/bench.sh` starts the services, builds this for release and runs everything.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod consumer;
mod copy_yardstick;
mod cpu;
mod fold;
mod platform;
mod report;
mod workload;

use clap::Parser;

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
    }
}
