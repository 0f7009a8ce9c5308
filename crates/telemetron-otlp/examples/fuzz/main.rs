//! Feeds the decoders and mappings with requests that are slightly wrong, for a while.
//!
//! ```sh
//! cargo run -p telemetron-otlp --example fuzz -- json 60
//! cargo run -p telemetron-otlp --example fuzz -- protobuf 60 --seed 7 --corpus DIR
//! ```
//!
//! A panic ends it, after the input that brought it about was written beside. What decodes is kept
//! and changed again, so that the inputs wander away from where they began.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a tool for developers, which says what it did and ends where it cannot go on"
)]

mod corpus;
mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mutate::Dice;
use telemetron_otlp::wire::{self, Encoding};
use telemetron_otlp::{Prices, encode, logs, metrics, traces};

/// Most inputs that are kept.
const MAX_KEPT: usize = 4096;

/// What to do, from the command line.
struct Plan {
    encoding: Encoding,
    time: Duration,
    seed: u64,
    corpus: Option<String>,
}

fn main() -> ExitCode {
    let Some(plan) = plan() else {
        println!("usage: fuzz json|protobuf [SECONDS] [--seed N] [--corpus DIR]");
        return ExitCode::FAILURE;
    };
    let mut inputs = corpus::of(plan.encoding, plan.corpus.as_deref());
    let began = inputs.len();
    let mut dice = Dice::new(plan.seed);
    let (start, mut tried, mut understood) = (Instant::now(), 0_u64, 0_u64);
    while start.elapsed() < plan.time {
        let input = mutate::change(&inputs, &mut dice);
        let Ok(decoded) = catch_unwind(AssertUnwindSafe(|| take(&input, plan.encoding))) else {
            std::fs::write("fuzz-failure.bin", &input).expect("the input is written");
            println!("panic after {tried} inputs; the input stands in fuzz-failure.bin");
            return ExitCode::FAILURE;
        };
        tried += 1;
        if decoded {
            understood += 1;
            keep(&mut inputs, began, input, &mut dice);
        }
    }
    println!(
        "{tried} inputs of {:?}, {understood} understood, no panic",
        plan.encoding
    );
    ExitCode::SUCCESS
}

fn plan() -> Option<Plan> {
    let mut words = std::env::args().skip(1);
    let encoding = match words.next()?.as_str() {
        "json" => Encoding::Json,
        "protobuf" => Encoding::Protobuf,
        _ => return None,
    };
    let mut plan = Plan {
        encoding,
        time: Duration::from_secs(60),
        seed: 1,
        corpus: None,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => plan.seed = words.next()?.parse().ok()?,
            "--corpus" => plan.corpus = Some(words.next()?),
            seconds => plan.time = Duration::from_secs(seconds.parse().ok()?),
        }
    }
    Some(plan)
}

/// Keeps an input among the others; the first ones are never replaced.
fn keep(inputs: &mut Vec<Vec<u8>>, began: usize, input: Vec<u8>, dice: &mut Dice) {
    if input.len() > 64 * 1024 {
        return;
    }
    if inputs.len() < MAX_KEPT.max(began + 1) {
        inputs.push(input);
    } else {
        let place = began + dice.below(inputs.len() - began);
        inputs[place] = input;
    }
}

/// Decodes and maps as every signal, and writes back what came of it; whether anything decoded.
fn take(input: &[u8], encoding: Encoding) -> bool {
    let spans = wire::decode_traces(input, encoding).map(|request| {
        let records = traces::map(&request, &Prices::default()).records;
        let spans = records.iter().filter_map(|record| match record {
            telemetron_model::record::Record::Span(span) => Some(span.as_ref()),
            _ => None,
        });
        wire::encode_traces(&encode::traces(spans), encoding)
    });
    let logs = wire::decode_logs(input, encoding).map(|request| logs::map(&request));
    let metrics = wire::decode_metrics(input, encoding).map(|request| metrics::map(&request));
    spans.is_ok() || logs.is_ok() || metrics.is_ok()
}
