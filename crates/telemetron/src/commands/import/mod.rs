//! `telemetron import`: recorded runs as traces, through Kafka like everything else.

mod pace;
mod progress;
mod send;
mod summary;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::args::{self, KafkaTarget};
use crate::import::files::{self, Input};
use crate::import::{Reading, claude_code};
use crate::output;
use crate::platform::Platform;
use pace::Pace;
use progress::Progress;
use send::Sender;
use summary::Summary;

/// Options of `telemetron import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Forms, recognised by their content:
  OpenTelemetry   OTLP as JSON or protobuf (spans, logs, metrics), spans as its SDKs print them
                  or flat, one a line
  other tracers   Jaeger, Zipkin v2, Langfuse, OpenAI Agents SDK
  Claude Code     transcripts with their sub-agents; `telemetron import claude-code` takes them all
  conversations   Who&When (CaptainAgent and Magentic-One), AG2 chats, HyperAgent, MetaGPT,
                  multi-agent tree of thoughts and peer review as MAST holds them, chats as models
                  take them (tau-bench, mini-SWE-agent), SWE-agent, ATIF
Files may be gzipped, and hold one JSON value, one a line, or an array. Ids are those of the recording,
else hashes of its content: importing a file again changes nothing. What cannot be imported is named
with its reason.

Examples:
  telemetron import ./logs
  telemetron import run.json --dry-run
  telemetron import claude-code
  telemetron import claude-code ~/.claude/projects/my-project
  gzip -dc runs.jsonl.gz | telemetron import - --project evaluation")]
pub(crate) struct Options {
    /// Files and folders; `-` is standard input; `claude-code`, alone or before a path, means its
    /// transcripts
    #[arg(required = true, value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,

    /// Read and count, and send nothing
    #[arg(long)]
    dry_run: bool,

    /// Project that the traces belong to
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// Send as fast as Kafka takes it; else no faster than it is stored, so that live records do not
    /// wait behind it
    #[arg(long)]
    at_once: bool,

    /// Consumer group that stores what is sent
    #[arg(long, env, default_value = "telemetron", value_name = "NAME")]
    consumer_group: String,

    /// Print the summary as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    kafka: KafkaTarget,
}

/// Imports everything that the arguments name.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let mut inputs = files::find(&paths(options.paths)?)?;
    inputs.retain(|input| !input.path().is_some_and(claude_code::is_part_of_another));
    let mut sender = if options.dry_run {
        Sender::nowhere()
    } else {
        let kafka = options.kafka.resolve(platform)?;
        args::check(&kafka).await?;
        let pace = if options.at_once {
            Pace::none()
        } else {
            Pace::of(&kafka, &options.consumer_group).await?
        };
        Sender::to(&kafka, pace)?
    };
    let mut summary = Summary::new(options.dry_run);
    let progress = Progress::over(inputs.len());
    for input in &inputs {
        progress.begin(input);
        let file = read(input, options.project.as_deref(), &mut sender, &mut summary);
        file.await?;
        progress.done();
    }
    sender.finish().await?;
    progress.end();
    tell(&summary, options.json)?;
    if summary.imported_nothing() {
        bail!("nothing could be imported");
    }
    Ok(())
}

/// What the arguments mean: `claude-code` stands for its folder, or says what follows.
fn paths(mut arguments: Vec<PathBuf>) -> anyhow::Result<Vec<PathBuf>> {
    let named = arguments
        .first()
        .is_some_and(|first| first == Path::new("claude-code"));
    if !named || arguments[0].exists() {
        return Ok(arguments);
    }
    if arguments.len() > 1 {
        arguments.remove(0);
        return Ok(arguments);
    }
    let folder =
        claude_code::folder().context("HOME is not set; name the folder of the transcripts")?;
    if !folder.is_dir() {
        bail!(
            "{} is not there; name the folder of the transcripts",
            folder.display()
        );
    }
    Ok(vec![folder])
}

/// Imports one file.
async fn read(
    input: &Input,
    project: Option<&str>,
    sender: &mut Sender,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    summary.file();
    let bytes = match files::read(input) {
        Ok(bytes) => bytes,
        Err(reason) => {
            summary.skipped(input, reason);
            return Ok(());
        }
    };
    for reading in crate::import::read_file(&bytes, input.path()) {
        match reading {
            Reading::Run { format, mut run } => {
                send::assign(&mut run.records, project);
                summary.run(format, &run.records);
                for reason in run.rejected {
                    summary.skipped(input, format!("{format}: {reason}"));
                }
                sender.send(&run.records).await?;
            }
            Reading::Skipped(reason) => summary.skipped(input, reason),
        }
    }
    Ok(())
}

fn tell(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(summary);
    }
    Ok(output::line(summary)?)
}
