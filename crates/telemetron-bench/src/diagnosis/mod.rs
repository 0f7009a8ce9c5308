//! How good and how fast diagnosis is: scored on labelled failed runs, timed on a large trace.
//!
//! Runs are built in memory as the importer would record them, without their labels, and go
//! through the whole diagnosis. They are halved by their question, so that a run which stands in
//! two sets never is in both halves: weights are fitted on the first half alone.

mod fit;
mod runs;
mod score;
mod sets;
mod speed;

use std::path::Path;

use crate::target::Target;
use runs::Half;
use score::{Guess, Tally};

/// What of it is measured.
pub(crate) struct Choice<'a> {
    /// Folder with the unpacked sets.
    pub(crate) dir: &'a Path,
    /// Fit the weights of the signals on the tuning half, and print them.
    pub(crate) fit: bool,
}

pub(crate) fn score(choice: &Choice<'_>) -> anyhow::Result<()> {
    let runs = sets::read(choice.dir)?;
    anyhow::ensure!(
        !runs.is_empty(),
        "no labelled set in {}; unpack whowhen, agentrx_magentic, agentrx_tau, mas_sim_otel or \
         agenterrorbench there",
        choice.dir.display()
    );
    if choice.fit {
        fit::print(&runs);
        return Ok(());
    }
    println!(
        "diagnosis: {} labelled runs; right are the agent, the step, one of three steps named, the \
         step within five",
        runs.len()
    );
    for set in sets::names(&runs) {
        for half in [Half::Tuning, Half::HeldOut] {
            let of_set = runs.iter().filter(|run| run.set == set && run.half == half);
            let of_set: Vec<_> = of_set.collect();
            println!("{set}, {half}: {} runs", of_set.len());
            for guess in Guess::ALL {
                println!("  {:<22} {}", guess.name(), Tally::of(&of_set, guess));
            }
        }
    }
    println!("published for Who&When (arXiv 2505.00212): agent 53.5 %, step 14.2 %");
    Ok(())
}

pub(crate) async fn speed(spans: u32, target: Option<&Target>) -> anyhow::Result<()> {
    speed::run(spans, target).await
}
