//! `telemetron dlq list`.

use clap::Args;
use telemetron_view::{DeadLetterView, Page};

use super::PATH;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Which dead letters.
#[derive(Debug, Args)]
pub(super) struct Filter {
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

/// Lists dead letters.
pub(super) async fn run(client: &Client, filter: &Filter, json: bool) -> anyhow::Result<()> {
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
