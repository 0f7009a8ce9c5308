//! The command line: every subcommand, and the help that introduces it.

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Parser, Subcommand};
use telemetron_runtime::config::ConfigArgs;
use telemetron_runtime::logging::LogArgs;

use crate::commands::{
    api, consumer, demo, dlq, doctor, export, gateway, health, import, mcp, metrics, migrate,
    oracle, shell, topics, traces, up,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  telemetron up --demo                    the whole platform on this machine, with data in it
  telemetron traces list --errors-only    what failed lately
  telemetron traces show 4bf92f3577b34da6a3ce929d0e0e4736
  telemetron oracle watch                 agents, queues, models and issues, live
  telemetron import ./logs                recorded conversations, as traces
  telemetron dlq list                     records that could not be stored, and why

Every option can be set by the variable named beside it, or in a TOML file named by --config,
whose keys are those variables in lower case. Options win over variables, variables over the file.";

/// Traces, debugging and state of multi-agent AI systems, streamed through Kafka
#[derive(Debug, Parser)]
#[command(name = "telemetron", version, styles = STYLES, after_help = EXAMPLES)]
#[command(propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Data directory of `telemetron up`, where the other commands find the running platform
    #[arg(
        long,
        env = telemetron_local::DATA_DIR_VARIABLE,
        value_name = "DIR",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) data_dir: Option<PathBuf>,

    /// Print without colours, as where NO_COLOR is set
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_color: bool,

    /// The configuration file.
    #[command(flatten, next_help_heading = "Global options")]
    pub(crate) config: ConfigArgs,

    /// What is logged.
    #[command(flatten, next_help_heading = "Global options")]
    pub(crate) log: LogArgs,
}

/// The subcommands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole platform on this machine: Kafka, Postgres, gateway, consumer and API
    Up(Box<up::Options>),
    /// Send a realistic run of several agents through the SDK
    Demo(Box<demo::Options>),
    /// Look at traces
    Traces(Box<traces::Options>),
    /// Look at the whole system: agents, workload, queues, models, and what is wrong
    Oracle(Box<oracle::Options>),
    /// What agents, models and tools did, took and spent
    Metrics(Box<metrics::Options>),
    /// Serve a coding agent over standard input and output (MCP)
    Mcp(Box<mcp::Options>),
    /// Import recorded runs as traces
    Import(Box<import::Options>),
    /// Write traces to a file, as OpenTelemetry or as JSON
    Export(Box<export::Options>),
    /// Look at records that could not be stored, and send them again
    Dlq(Box<dlq::Options>),
    /// Find out why nothing arrives
    Doctor(Box<doctor::Options>),
    /// Ask a role whether it is ready
    Health(health::Options),
    /// Take in OpenTelemetry, and hooks of Claude Code
    Gateway(Box<gateway::Options>),
    /// Serve the HTTP API
    Api(Box<api::Options>),
    /// Store what arrives on Kafka
    Consumer(Box<consumer::Options>),
    /// Bring the database to the schema of this version
    Migrate(Box<migrate::Options>),
    /// Create or list the Kafka topics
    Topics(Box<topics::Options>),
    /// Print the script that completes commands in a shell
    Completions(shell::Completions),
    /// Print the manual
    Man(shell::Man),
}

impl Command {
    /// Whether a person looks on, unlike a role that logs for an operator.
    pub(crate) const fn is_watched(&self) -> bool {
        !matches!(
            self,
            Self::Api(_) | Self::Consumer(_) | Self::Gateway(_) | Self::Mcp(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    /// Every example of a command and of those below it.
    fn examples(command: &clap::Command, found: &mut Vec<String>) {
        let help = command
            .get_after_help()
            .or_else(|| command.get_after_long_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        if let Some((_, lines)) = help.split_once("Examples:") {
            found.extend(lines.lines().map(str::trim).map(str::to_owned));
        }
        for below in command.get_subcommands() {
            examples(below, found);
        }
    }

    /// The words of the call of this program in an example, if there is one.
    fn words(example: &str) -> Option<Vec<String>> {
        // What a shell does with it, and what is said of it, is not ours.
        let call = example.split("  ").next()?;
        let call = call
            .split(['|', '>'])
            .find(|part| part.contains("telemetron"))?;
        let call = match call.split_once(" -- ") {
            Some((_, ours)) => ours,
            None if call.trim_start().starts_with("claude ") => return None,
            None => call,
        };
        let words = shlex::Shlex::new(call);
        let words: Vec<_> = words.skip_while(|word| word != "telemetron").collect();
        (!words.is_empty()).then_some(words)
    }

    /// What is an order of the moment, or told by ourselves, and no setting.
    const ORDERS: [&str; 6] = [
        "demo",
        "json",
        "check_config",
        "watched_by",
        "restarted",
        "config",
    ];

    #[test]
    fn every_setting_of_a_role_has_a_variable() {
        let roles = ["up", "gateway", "api", "consumer", "migrate"];
        for role in roles {
            let command = Cli::command();
            let role = command.find_subcommand(role).unwrap();
            let without = role.get_arguments().filter(|arg| arg.get_env().is_none());
            let without = without.map(|arg| arg.get_id().as_str());
            let settings: Vec<_> = without.filter(|name| !ORDERS.contains(name)).collect();
            assert_eq!(settings, Vec::<&str>::new(), "{}", role.get_name());
        }
    }

    #[test]
    fn every_example_of_every_help_is_a_command_that_works() {
        let mut found = Vec::new();
        examples(&Cli::command(), &mut found);
        let calls: Vec<_> = found.iter().filter_map(|example| words(example)).collect();
        assert!(calls.len() > 30, "only {} examples were found", calls.len());
        for call in calls {
            let parsed = Cli::try_parse_from(&call);
            assert!(
                parsed.is_ok(),
                "`{}`: {}",
                call.join(" "),
                parsed.unwrap_err()
            );
        }
    }
}
