//! The agents of the demonstration as a program of their own: what the pods of `k8s/demo` run.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use telemetron_demo::full::{self, Endpoint, Model};
use telemetron_demo::pods::{self, Desk, Role};
use telemetron_demo::team::{self, Course};
use telemetron_kafka::{KafkaArgs, KafkaConfig};
use telemetron_runtime::Services;
use telemetron_runtime::logging::{self, LogArgs};
use telemetron_sdk::{Collector, CollectorBuilder};

/// How long a task that is at work may take at the end.
const GRACE: Duration = Duration::from_secs(20);

/// Agents to try Telemetron with, traced through its SDK
#[derive(Debug, Parser)]
#[command(name = "telemetron-demo", version)]
struct Cli {
    #[command(flatten)]
    log: LogArgs,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One round of a simulated team, without a language model
    Simple(Simple),
    /// A question to a team that thinks with a real language model
    Full(Full),
    /// An agent that takes tasks from its queue until it is stopped
    Agent(Agent),
    /// Whoever asks the agents: a request now and then, each of them a trace
    FrontDesk(FrontDesk),
    /// Let an agent be killed for its memory: its next task takes as much as its limit allows
    Kill(Kill),
}

#[derive(Debug, Args)]
struct Simple {
    /// Let nothing go wrong
    #[arg(long)]
    no_faults: bool,

    #[command(flatten)]
    kafka: KafkaArgs,
}

#[derive(Debug, Args)]
struct Full {
    /// What the team is asked
    #[arg(long, default_value = full::QUESTION)]
    question: String,

    #[command(flatten)]
    endpoint: Endpoint,

    #[command(flatten)]
    kafka: KafkaArgs,
}

#[derive(Debug, Args)]
struct Agent {
    /// What it does in the team
    #[arg(long, env = "AGENT_ROLE", value_enum)]
    role: Role,

    #[command(flatten)]
    kafka: KafkaArgs,
}

#[derive(Debug, Args)]
struct FrontDesk {
    /// Seconds between two requests
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every: u64,

    /// Requests after which it closes; without it, it stays open
    #[arg(long, value_name = "N")]
    requests: Option<u64>,

    /// Let nothing go wrong
    #[arg(long)]
    no_faults: bool,

    #[command(flatten)]
    kafka: KafkaArgs,
}

#[derive(Debug, Args)]
struct Kill {
    /// Which agent
    #[arg(value_enum)]
    role: Role,

    #[command(flatten)]
    kafka: KafkaArgs,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Cli { log, command } = Cli::parse();
    logging::init(&log)?;
    match command {
        Command::Simple(options) => simple(options).await,
        Command::Full(options) => full(options).await,
        Command::Agent(options) => agent(options).await,
        Command::FrontDesk(options) => front_desk(options).await,
        Command::Kill(options) => kill(options).await,
    }
}

async fn simple(options: Simple) -> anyhow::Result<()> {
    let kafka = config(&options.kafka)?;
    let course = Course {
        faults: !options.no_faults,
        per_minute: None,
    };
    let mut services = Services::new();
    let stop = services.shutdown();
    services.add("demo", async move {
        team::play(kafka, course, stop, |played| {
            say(&format!("{}  {}", played.trace_id, played.plot));
        })
        .await
    });
    services.stop_on_signals()?;
    Ok(services.run(GRACE).await?)
}

async fn full(options: Full) -> anyhow::Result<()> {
    let kafka = config(&options.kafka)?;
    let model = Model::find(&options.endpoint).await?;
    let answered = full::ask(kafka, &model, &options.question).await?;
    say(&format!("{}  {}", answered.trace_id, answered.text));
    Ok(())
}

async fn agent(options: Agent) -> anyhow::Result<()> {
    let (kafka, telemetry) = connected(&options.kafka)?;
    let mut services = Services::new();
    let stop = services.shutdown();
    services.add("agent", pods::serve(options.role, kafka, telemetry, stop));
    services.stop_on_signals()?;
    Ok(services.run(GRACE).await?)
}

async fn front_desk(options: FrontDesk) -> anyhow::Result<()> {
    let (kafka, telemetry) = connected(&options.kafka)?;
    let desk = Desk {
        every: Duration::from_secs(options.every),
        requests: options.requests,
        faults: !options.no_faults,
    };
    let mut services = Services::new();
    let stop = services.shutdown();
    services.add("front desk", async move {
        let answered = pods::open(desk, kafka, telemetry, stop).await?;
        tracing::info!(answered, "the front desk is closed");
        anyhow::Ok(())
    });
    services.stop_on_signals()?;
    Ok(services.run(GRACE).await?)
}

async fn kill(options: Kill) -> anyhow::Result<()> {
    let (kafka, telemetry) = connected(&options.kafka)?;
    let trace = pods::kill(options.role, kafka, telemetry).await?;
    say(&format!("{trace}  the {} was killed", options.role.name()));
    Ok(())
}

fn config(args: &KafkaArgs) -> anyhow::Result<KafkaConfig> {
    args.config().map_err(anyhow::Error::msg)
}

/// Kafka, and the SDK as the environment has it.
fn connected(args: &KafkaArgs) -> anyhow::Result<(KafkaConfig, Collector)> {
    let kafka = config(args)?;
    let builder = CollectorBuilder::from_env().context("the SDK cannot be set up")?;
    let telemetry = builder
        .kafka(kafka.clone())
        .service("telemetron-demo")
        .project("demo")
        .start()?;
    Ok((kafka, telemetry))
}

/// Prints a line. A closed output stops nobody.
fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}
