//! `telemetron topics`: creates what is missing, lists what is there.

use clap::{Args, ValueEnum};
use serde::Serialize;
use telemetron_kafka::Error as KafkaError;
use telemetron_kafka::admin::{self, TopicReport, TopicState};

use crate::args::{KafkaTarget, TopicArgs, Wait};
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
    /// What to do
    #[arg(value_enum, default_value = "list", hide_default_value = true)]
    action: Action,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    wait: Wait,

    #[command(flatten)]
    kafka: KafkaTarget,

    #[command(flatten)]
    topics: TopicArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Action {
    /// Create the topics that are missing
    Create,
    /// List the topics that are there
    List,
}

fn is_away(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(KafkaError::Request { .. }))
}

/// Creates or lists the topics.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let kafka = options.kafka.resolve(platform)?;
    let plan = options.topics.plan();
    let reports = match options.action {
        Action::Create => {
            let attempt = async || Ok(admin::ensure_topics(&kafka, &plan).await?);
            options.wait.until_done(is_away, attempt).await?
        }
        Action::List => admin::describe(&kafka, &plan).await?,
    };
    if reports.iter().any(|report| report.copies < 2) {
        output::warn(ONE_COPY);
    }
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

/// What is said of topics whose records one broker keeps alone.
const ONE_COPY: &str = "one broker keeps each record alone: it is lost with that broker; production \
                        uses three brokers, with --kafka-replication 3 and \
                        --kafka-min-insync-replicas 2";

/// One topic, for machines.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    partitions: usize,
    replication: usize,
    created: bool,
    differences: &'a [String],
}

impl<'a> Line<'a> {
    fn of(report: &'a TopicReport) -> Self {
        Self {
            name: &report.name,
            partitions: report.partitions,
            replication: report.copies,
            created: report.state == TopicState::Created,
            differences: match &report.state {
                TopicState::Differs(differences) => differences,
                TopicState::Created | TopicState::AsPlanned => &[],
            },
        }
    }
}

fn table(reports: &[TopicReport]) -> Table {
    let mut table = Table::new(&["TOPIC", ">PARTITIONS", ">COPIES", "~STATE"]);
    for report in reports {
        let state = match &report.state {
            TopicState::Created => Cell::painted(paint::GOOD, "created"),
            TopicState::AsPlanned => Cell::plain("as planned"),
            TopicState::Differs(how) => Cell::painted(paint::RUNNING, how.join("; ")),
        };
        let partitions = Cell::plain(report.partitions);
        let copies = Cell::plain(report.copies);
        table.row(vec![Cell::plain(&report.name), partitions, copies, state]);
    }
    table
}
