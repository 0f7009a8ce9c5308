//! `telemetron topics`: creates what is missing, lists what is there.

use clap::{Args, Subcommand};
use serde::Serialize;
use telemetron_kafka::admin::{self, TopicReport, TopicState};

use crate::args::{KafkaTarget, TopicArgs};
use crate::output::{self, Cell, Table, paint};
use crate::platform::Platform;

/// Options of `telemetron topics`.
#[derive(Debug, Args)]
#[command(after_help = "\
Topics that exist are never changed; where one differs from the plan, the list says how.

Examples:
  telemetron topics                                    what is there
  telemetron topics create --kafka-partitions 12       what is missing is created")]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Option<Action>,

    /// Print JSON
    #[arg(long, global = true)]
    json: bool,

    #[command(flatten)]
    kafka: KafkaTarget,

    #[command(flatten)]
    topics: TopicArgs,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Action {
    /// Create the topics that are missing
    Create,
    /// List the topics that are there
    List,
}

/// Creates or lists the topics.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let kafka = options.kafka.resolve(platform)?;
    let plan = options.topics.plan();
    let reports = match options.action {
        Some(Action::Create) => admin::ensure_topics(&kafka, &plan).await?,
        Some(Action::List) | None => admin::describe(&kafka, &plan).await?,
    };
    if options.json {
        return output::json(&reports.iter().map(Line::of).collect::<Vec<_>>());
    }
    if reports.is_empty() {
        return Ok(output::line(
            "no topics yet; `telemetron topics create` makes them",
        )?);
    }
    Ok(output::line(table(&reports))?)
}

/// One topic, for machines.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    partitions: usize,
    created: bool,
    differences: &'a [String],
}

impl<'a> Line<'a> {
    fn of(report: &'a TopicReport) -> Self {
        Self {
            name: &report.name,
            partitions: report.partitions,
            created: report.state == TopicState::Created,
            differences: match &report.state {
                TopicState::Differs(differences) => differences,
                TopicState::Created | TopicState::AsPlanned => &[],
            },
        }
    }
}

fn table(reports: &[TopicReport]) -> Table {
    let mut table = Table::new(&["TOPIC", ">PARTITIONS", "~STATE"]);
    for report in reports {
        let state = match &report.state {
            TopicState::Created => Cell::painted(paint::GOOD, "created"),
            TopicState::AsPlanned => Cell::plain("as planned"),
            TopicState::Differs(how) => Cell::painted(paint::RUNNING, how.join("; ")),
        };
        let partitions = Cell::plain(report.partitions);
        table.row(vec![Cell::plain(&report.name), partitions, state]);
    }
    table
}
