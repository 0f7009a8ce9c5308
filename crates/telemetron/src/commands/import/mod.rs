//! `telemetron import`: recorded runs as traces, through Kafka like everything else.

mod progress;
mod send;
mod summary;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::args::{self, KafkaTarget};
use crate::import::files::{self, Input};
use crate::import::{Document, Documents, Reading};
use crate::output;
use crate::platform::Platform;
use progress::Progress;
use send::Sender;
use summary::Summary;

/// Options of `telemetron import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Forms, recognised by their content: Who&When (CaptainAgent and Magentic-One), AG2 chats, HyperAgent,
MetaGPT, multi-agent tree of thoughts and peer review as MAST holds them. Files may be gzipped, and
hold one JSON value, one a line, or an array. Ids are hashes of the content: importing a file again
changes nothing. What cannot be imported is named with its reason.

Examples:
  telemetron import ./logs
  telemetron import run.json --dry-run
  gzip -dc runs.jsonl.gz | telemetron import - --project evaluation")]
pub(crate) struct Options {
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,

    /// Read and count, and send nothing
    #[arg(long)]
    dry_run: bool,

    /// Project that the traces belong to
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// Print the summary as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    kafka: KafkaTarget,
}

/// Imports everything that the arguments name.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let inputs = files::find(&options.paths)?;
    let mut sender = if options.dry_run {
        Sender::nowhere()
    } else {
        let kafka = options.kafka.resolve(platform)?;
        args::check(&kafka).await?;
        Sender::to(&kafka)?
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
    for value in Documents::of(&bytes) {
        let reading = match value {
            Ok(value) => crate::import::read(&Document::of(value)),
            Err(reason) => Reading::Skipped(reason),
        };
        match reading {
            Reading::Run {
                format,
                mut records,
            } => {
                send::assign(&mut records, project);
                summary.run(format, &records);
                sender.send(&records).await?;
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
