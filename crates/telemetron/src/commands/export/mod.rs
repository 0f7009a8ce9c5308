//! `telemetron export`: traces to a file, as OpenTelemetry or as they are answered.
//!
//! ```text
//!  ids, or a filter ─▶ pages of the API ─▶ WholeTrace ─▶ telemetron_import::export ─▶ file or
//!                                                                            standard output
//! ```
//!
//! One trace is held at a time, and whole: a payload that did not fit into a page is fetched with its
//! span, and events, handoffs and errors beyond the first are read from their own pages.

mod gather;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use telemetron_import::export::{self, Form, Sink, Writer};

use crate::args::ApiTarget;
use crate::commands::traces::Criteria;
use crate::output::{self, Target};
use crate::platform::Platform;

/// Options of `telemetron export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Forms:
  otlp    OTLP/JSON, a request a line: what collectors read, and `telemetron import` takes whole
  json    one document: an array of traces, each with its spans, events, handoffs and errors
  jsonl   the same traces, one a line

Examples:
  telemetron export 4bf92f3577b34da6a3ce929d0e0e4736 > trace.json
  telemetron export --errors-only --since 1d --to jsonl --output failed.jsonl.gz
  telemetron export --project evaluation --limit 1000 --to otlp --output runs.otlp.jsonl")]
pub(crate) struct Options {
    /// Ids of traces; without any, all that the filter lets through, the newest first
    #[arg(value_name = "TRACE")]
    traces: Vec<String>,

    #[command(flatten, next_help_heading = "Filter")]
    criteria: Criteria,

    /// Most traces that a filter gives
    #[arg(long, default_value_t = 100, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// The form
    #[arg(long, value_enum, default_value_t = To::Otlp, value_name = "FORM")]
    to: To,

    /// Where to; gzipped when it ends in `.gz`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace the file if it is there already
    #[arg(long, requires = "output")]
    force: bool,

    #[command(flatten)]
    api: ApiTarget,
}

/// The form, as an argument names it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum To {
    /// OTLP/JSON, a request a line: spans, then what is no span
    Otlp,
    /// One document
    Json,
    /// A trace a line
    Jsonl,
}

impl From<To> for Form {
    fn from(to: To) -> Self {
        match to {
            To::Otlp => Self::Otlp,
            To::Json => Self::Json,
            To::Jsonl => Self::Jsonl,
        }
    }
}

/// Exports what the arguments name.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let target = options.output.as_deref();
    let target = target.map(|path| Target::new(path, options.force));
    let mut target = target.transpose()?;
    let client = options.api.client(platform)?;
    let ids = if options.traces.is_empty() {
        gather::ids(&client, &options.criteria, options.limit).await?
    } else {
        options.traces
    };
    if ids.is_empty() {
        bail!("no traces match: nothing was exported");
    }
    let progress = progress(ids.len());
    let mut writer = Writer::begin(options.to.into(), sink(target.as_mut())?)?;
    let mut spans = 0;
    for id in &ids {
        progress.set_message(id.clone());
        let trace = gather::trace(&client, id).await?;
        spans += trace.answer.spans.len();
        writer.write(&trace)?;
        progress.inc(1);
    }
    writer.end()?;
    progress.finish_and_clear();
    if let Some(target) = target {
        let (traces, path) = (ids.len(), target.put()?);
        let path = path.display();
        output::line(format_args!(
            "{traces} traces, {spans} spans written to {path}"
        ))?;
    }
    Ok(())
}

/// Where the bytes go.
fn sink(target: Option<&mut Target>) -> anyhow::Result<Box<dyn Sink>> {
    let Some(target) = target else {
        return Ok(export::plain(io::stdout().lock()));
    };
    let file = target.begin()?;
    Ok(if target.is_packed() {
        export::packed(file)
    } else {
        export::plain(file)
    })
}

fn progress(traces: usize) -> ProgressBar {
    let traces = u64::try_from(traces).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(traces), ProgressDrawTarget::stderr());
    let style = "  {bar:32.cyan/dim} {pos}/{len} traces  {eta:>4} left  {wide_msg:.dim}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
