//! `telemetron dlq`: records that could not be stored, through the API.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::value::RawValue;
use telemetron_model::view::{DeadLetterDetail, DeadLetterView, Page, Replayed};

use crate::args::ApiTarget;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};
use crate::platform::Platform;

/// Where the API keeps them.
const PATH: [&str; 3] = ["api", "v1", "dead-letters"];

/// Options of `telemetron dlq`.
#[derive(Debug, Args)]
#[command(after_help = "\
A record that cannot be stored goes to the dead letters with its reason, and the others go on. Once
what was wrong is put right (a newer version, a repaired producer), send it again.

Examples:
  telemetron dlq list --code malformed
  telemetron dlq show 42
  telemetron dlq replay 42 43
  telemetron dlq replay --all")]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    api: ApiTarget,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List dead letters, the latest first
    List(Filter),
    /// Show one, with the record itself
    Show {
        /// Its id, as the list names it
        id: i64,
    },
    /// Send dead letters again
    Replay {
        /// Their ids, as the list names them
        #[arg(required_unless_present = "all", value_name = "ID")]
        ids: Vec<i64>,
        /// All that have not been sent again yet
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

#[derive(Debug, Args)]
struct Filter {
    /// Only those of this topic
    #[arg(long)]
    topic: Option<String>,
    /// Only those with this reason, as a word
    #[arg(long)]
    code: Option<String>,
    /// Only those that have been sent again (true) or not (false)
    #[arg(long)]
    replayed: Option<bool>,
    /// Most of them
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Go on where another list ended: its `next`
    #[arg(long)]
    cursor: Option<String>,
}

/// Lists, shows or replays.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let client = options.api.client(platform)?;
    let json = options.api.json;
    match options.action {
        Action::List(filter) => list(&client, &filter, json).await,
        Action::Show { id } => show(&client, id, json).await,
        Action::Replay { ids, all: false } => replay(&client, &ids, json).await,
        Action::Replay { all: true, .. } => replay_all(&client, json).await,
    }
}

async fn list(client: &Client, filter: &Filter, json: bool) -> anyhow::Result<()> {
    let mut query = Query::default();
    query
        .add("topic", filter.topic.as_ref())
        .add("code", filter.code.as_ref())
        .add("replayed", filter.replayed)
        .add("limit", Some(filter.limit))
        .add("cursor", filter.cursor.as_ref());
    let answer = client.get(&PATH, &query).await?;
    if json {
        return output::json(&answer);
    }
    let page: Page<DeadLetterView> = serde_json::from_str(answer.get())?;
    if page.items.is_empty() {
        return Ok(output::line("no dead letters")?);
    }
    output::line(table(&page.items))?;
    if let Some(next) = page.next {
        output::line(format_args!("\nmore: --cursor {next}"))?;
    }
    Ok(())
}

fn table(letters: &[DeadLetterView]) -> Table {
    let heads = [
        ">ID",
        "REJECTED",
        "TOPIC",
        ">PARTITION",
        ">OFFSET",
        "CODE",
        ">REPLAYS",
        "~REASON",
    ];
    let mut table = Table::new(&heads);
    for letter in letters {
        table.row(vec![
            Cell::painted(paint::LINK, letter.id),
            Cell::plain(output::time_text(letter.rejected_at)),
            Cell::plain(&letter.topic),
            Cell::plain(letter.partition),
            Cell::plain(letter.offset),
            Cell::painted(paint::FAILED, &letter.code),
            Cell::plain(letter.replays),
            Cell::plain(&letter.reason),
        ]);
    }
    table
}

async fn one(client: &Client, id: i64, action: &[&str]) -> anyhow::Result<Box<RawValue>> {
    let id = id.to_string();
    let path = [&PATH[..], &[id.as_str()], action].concat();
    if action.is_empty() {
        client.get(&path, &Query::default()).await
    } else {
        client.post(&path).await
    }
}

async fn show(client: &Client, id: i64, json: bool) -> anyhow::Result<()> {
    let answer = one(client, id, &[]).await?;
    if json {
        return output::json(&answer);
    }
    let detail: DeadLetterDetail = serde_json::from_str(answer.get())?;
    for (name, value) in described(&detail.dead_letter) {
        let name = paint::painted(paint::QUIET, format_args!("{name:<12}"));
        output::line(format_args!(
            "{name}{}",
            output::shortened(&value, usize::MAX)
        ))?;
    }
    for (name, value) in &detail.headers {
        let header = output::shortened(&format!("{name}: {value}"), usize::MAX);
        output::line(format_args!(
            "{}{header}",
            paint::painted(paint::QUIET, "header      ")
        ))?;
    }
    Ok(output::line(format_args!("\n{}", body(&detail)))?)
}

fn described(letter: &DeadLetterView) -> Vec<(&'static str, String)> {
    let size = u64::try_from(letter.value_bytes).unwrap_or_default();
    let origin = format!("{}/{}/{}", letter.topic, letter.partition, letter.offset);
    vec![
        ("id", letter.id.to_string()),
        ("reason", letter.reason.clone()),
        ("code", letter.code.clone()),
        ("origin", origin),
        ("cluster", letter.cluster_id.clone()),
        ("arrived", output::time_text(letter.broker_time)),
        ("rejected", output::time_text(letter.rejected_at)),
        ("schema", letter.schema.clone().unwrap_or_default()),
        ("key", letter.key.clone().unwrap_or_default()),
        ("size", output::bytes_text(size)),
        ("sent again", format!("{} times", letter.replays)),
    ]
}

/// The record itself, in whatever form it can be shown. Escaped: it is somebody else's.
fn body(detail: &DeadLetterDetail) -> String {
    let text = |text: &String| {
        text.lines()
            .map(|line| output::shortened(line, usize::MAX))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let json = detail.value_json.as_ref().map(|json| json.get().to_owned());
    json.or_else(|| detail.value_text.as_ref().map(text))
        .or_else(|| detail.value_base64.clone())
        .or_else(|| detail.gone.clone())
        .unwrap_or_else(|| "no value".to_owned())
}

async fn replay(client: &Client, ids: &[i64], json: bool) -> anyhow::Result<()> {
    for id in ids {
        let answer = one(client, *id, &["replay"]).await?;
        tell(&answer, json)?;
    }
    Ok(())
}

fn tell(answer: &RawValue, json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(answer);
    }
    let Replayed {
        id,
        topic,
        partition,
        offset,
        ..
    } = serde_json::from_str(answer.get())?;
    Ok(output::line(format_args!(
        "{id} sent again as {topic}/{partition}/{offset}"
    ))?)
}

/// Sends all again that have not been yet. Those that are sent leave the list, so that its first
/// page is always the next.
async fn replay_all(client: &Client, json: bool) -> anyhow::Result<()> {
    let (mut sent, mut gone) = (0_u64, 0_u64);
    let mut cursor: Option<String> = None;
    loop {
        let mut query = Query::default();
        query
            .add("replayed", Some(false))
            .add("limit", Some(500))
            .add("cursor", cursor);
        let answer = client.get(&PATH, &query).await?;
        let page: Page<DeadLetterView> = serde_json::from_str(answer.get())?;
        for letter in &page.items {
            match one(client, letter.id, &["replay"]).await {
                Ok(answer) => {
                    sent += 1;
                    tell(&answer, json)?;
                }
                Err(error) => {
                    gone += 1;
                    output::complain(&error.context(format!("dead letter {}", letter.id)));
                }
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if gone > 0 {
        bail!("{sent} sent again, {gone} were not");
    }
    if !json {
        output::line(format_args!("{sent} sent again"))?;
    }
    Ok(())
}
