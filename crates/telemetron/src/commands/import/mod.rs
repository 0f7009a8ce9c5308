//! `telemetron import`: recorded runs as traces, through Kafka like everything else.

mod known;
mod pace;
mod progress;
mod send;
mod summary;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use telemetron_import::files::{self, Input};
use telemetron_import::{Reading, claude_code, read_file};

use crate::args::{self, KafkaTarget};
use crate::client::Client;
use crate::output;
use crate::platform::Platform;
use known::Known;
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
  other tracers   Jaeger, Zipkin v2, Langfuse, LangSmith, Phoenix, OpenAI Agents SDK
  Claude Code     transcripts with their sub-agents; `telemetron import claude-code` takes them all;
                  messages and cassettes of the Claude Agent SDK
  conversations   Who&When (CaptainAgent and Magentic-One), AG2 chats, HyperAgent, MetaGPT,
                  multi-agent tree of thoughts and peer review as MAST holds them, chats as models
                  take them (tau-bench, mini-SWE-agent), SWE-agent, OpenHands, Inspect, ATIF
Files may be gzipped, and hold one JSON value, one a line, or an array. Ids are those of the recording,
else hashes of its content: importing a file again changes nothing, and how many traces were there
already is said. What cannot be imported is named with its reason.

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

    /// Base URL of the API, which says what was there before; else that of the running platform
    #[arg(long, env = "TELEMETRON_API_URL", value_name = "URL")]
    api_url: Option<String>,

    #[command(flatten)]
    kafka: KafkaTarget,
}

/// Imports everything that the arguments name.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let mut inputs = files::find(&paths(options.paths)?)?;
    inputs.retain(|input| !input.path().is_some_and(claude_code::is_part_of_another));
    let mut known = Known::to(None);
    let mut sender = if options.dry_run {
        Sender::nowhere()
    } else {
        let kafka = options.kafka.resolve(platform)?;
        // What is not waited for cannot be looked at afterwards.
        if !options.at_once {
            let named = options.api_url.as_deref();
            known = Known::to(api(named, &kafka.bootstrap_servers, platform)?);
        }
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
        let file = Reader {
            project: options.project.as_deref(),
            sender: &mut sender,
            known: &mut known,
            summary: &mut summary,
        };
        file.read(input).await?;
        progress.done();
    }
    sender.finish().await?;
    if !known.is_empty() {
        sender.stored().await;
        summary.changes = known.changes().await;
    }
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
    let folder = transcripts().context("HOME is not set; name the folder of the transcripts")?;
    if !folder.is_dir() {
        bail!(
            "{} is not there; name the folder of the transcripts",
            folder.display()
        );
    }
    Ok(vec![folder])
}

/// The folder in which Claude Code keeps its transcripts.
fn transcripts() -> Option<PathBuf> {
    let own = std::env::var_os("CLAUDE_CONFIG_DIR").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".claude"));
    Some(own.or_else(home)?.join("projects"))
}

/// Who says what was there before: the API that is named, else that of the running platform, where it
/// is its Kafka that is sent to.
fn api(named: Option<&str>, servers: &str, platform: &Platform) -> anyhow::Result<Option<Client>> {
    if let Some(url) = named.filter(|url| !url.trim().is_empty()) {
        return Client::new(url).map(Some);
    }
    let running = platform.endpoints().ok();
    let its = running.filter(|running| running.kafka_bootstrap_servers == servers);
    its.map(|running| Client::new(&running.api_url)).transpose()
}

/// Imports files.
struct Reader<'a> {
    project: Option<&'a str>,
    sender: &'a mut Sender,
    known: &'a mut Known,
    summary: &'a mut Summary,
}

impl Reader<'_> {
    async fn read(self, input: &Input) -> anyhow::Result<()> {
        let summary = self.summary;
        summary.file();
        let bytes = match files::read(input) {
            Ok(bytes) => bytes,
            Err(reason) => {
                summary.skipped(input, reason);
                return Ok(());
            }
        };
        for reading in read_file(&bytes, input.path()) {
            match reading {
                Reading::Run { format, mut run } => {
                    send::assign(&mut run.records, self.project);
                    summary.run(format, &run.records);
                    for reason in run.rejected {
                        summary.skipped(input, format!("{format}: {reason}"));
                    }
                    self.known.look(&run.records).await;
                    self.sender.send(&run.records).await?;
                }
                Reading::Skipped(reason) => summary.skipped(input, reason),
            }
        }
        Ok(())
    }
}

fn tell(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(summary);
    }
    Ok(output::line(summary)?)
}
