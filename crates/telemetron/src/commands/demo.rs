//! `telemetron demo`: the simulated team, against a platform that runs.

use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::args::{self, KafkaTarget};
use crate::output::{self, paint};
use crate::platform::Platform;
use telemetron_demo::full::{self, Endpoint, Model};
use telemetron_demo::team::{self, Course, Played, Plot};
use telemetron_runtime::Services;

/// What was recorded goes out, and a moment.
const GRACE: Duration = Duration::from_secs(10);

/// Options of `telemetron demo`.
#[derive(Debug, Args)]
#[command(after_help = "\
An orchestrator, two researchers, a coder and a reviewer work on change requests: calls of models
and tools with tokens and cost, handoffs with reasons, retries, a tool that stays broken, and an
agent that is stuck. A few requests come at once, then a steady trickle, until Ctrl-C.

Each request is a line: its trace, its story, and after an arrow the issues that the Oracle will
open (`telemetron oracle issues`). The stuck agent is told of after five minutes. Without faults
the Oracle has nothing to say.

Examples:
  telemetron demo --simple             a handful of traces, and it ends
  telemetron demo --full               one question to a team that thinks with Ollama
  telemetron demo --rate 60            a request every second
  telemetron demo --no-faults          a healthy team, and no issues")]
pub(crate) struct Options {
    /// Requests a minute after the first round
    #[arg(long, default_value_t = 6, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=6_000))]
    rate: u32,

    /// End after the first round
    #[arg(long, visible_alias = "simple")]
    once: bool,

    /// Ask a team that thinks with a real language model, and end
    #[arg(long, conflicts_with_all = ["once", "rate", "faults", "no_faults"])]
    full: bool,

    /// What that team is asked
    #[arg(long, requires = "full", value_name = "TEXT", default_value = full::QUESTION)]
    question: String,

    #[command(flatten)]
    endpoint: Endpoint,

    /// Let things go wrong; this is the default
    #[arg(long, overrides_with = "no_faults")]
    faults: bool,

    /// Let nothing go wrong
    #[arg(long)]
    no_faults: bool,

    #[command(flatten)]
    kafka: KafkaTarget,
}

impl Options {
    fn course(&self) -> Course {
        Course {
            faults: self.faults || !self.no_faults,
            per_minute: (!self.once).then_some(self.rate),
        }
    }
}

/// Plays until the round is over or a signal comes.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let kafka = options.kafka.resolve(platform)?;
    args::check(&kafka).await?;
    if options.full {
        let model = Model::find(&options.endpoint).await?;
        let answered = full::ask(kafka, &model, &options.question).await?;
        let id = paint::painted(paint::LINK, answered.trace_id);
        return Ok(output::line(format_args!("{id}  {}", answered.text))?);
    }
    let course = options.course();
    let mut services = Services::new();
    let stop: CancellationToken = services.shutdown();
    services.add("demo", async move {
        team::play(kafka, course, stop, tell).await
    });
    services.stop_on_signals()?;
    Ok(services.run(GRACE).await?)
}

/// Says which request begins. A closed output stops nobody.
fn tell(played: Played) {
    let id = paint::painted(paint::LINK, played.trace_id);
    let style = match played.plot {
        Plot::Smooth | Plot::Rework => paint::QUIET,
        Plot::FlakySearch => paint::RUNNING,
        Plot::BrokenTool | Plot::Stuck => paint::FAILED,
    };
    let what = paint::painted(style, played.plot);
    let opens: Vec<_> = played
        .plot
        .opens()
        .iter()
        .map(ToString::to_string)
        .collect();
    let arrow = if opens.is_empty() { "" } else { " → " };
    drop(output::line(format_args!(
        "{id}  {what}{arrow}{}",
        opens.join(", ")
    )));
}
