//! `telemetron dlq replay`.

use anyhow::ensure;
use serde_json::value::RawValue;
use telemetron_view::{DeadLetterView, Page, Replayed};

use super::{PATH, one};
use crate::client::{Client, Query};
use crate::output;

/// Sends these again.
pub(super) async fn some(client: &Client, ids: &[i64], json: bool) -> anyhow::Result<()> {
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

/// Sends all again that have not been yet. Those that are refused anew become new letters, which
/// stand before the list that is gone through.
pub(super) async fn all(client: &Client, json: bool) -> anyhow::Result<()> {
    let (mut sent, mut left) = (0_u64, 0_u64);
    let mut cursor = None;
    loop {
        let page = waiting(client, cursor).await?;
        for letter in &page.items {
            match one(client, letter.id, &["replay"]).await {
                Ok(answer) => {
                    tell(&answer, json)?;
                    sent += 1;
                }
                Err(error) => {
                    output::complain(&error.context(format!("dead letter {}", letter.id)));
                    left += 1;
                }
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    ensure!(left == 0, "{sent} sent again, {left} were not");
    if !json {
        output::line(format_args!("{sent} sent again"))?;
    }
    Ok(())
}

/// A page of those that have not been sent again.
async fn waiting(client: &Client, cursor: Option<String>) -> anyhow::Result<Page<DeadLetterView>> {
    let mut query = Query::default();
    query
        .add("replayed", Some(false))
        .add("limit", Some(500))
        .add("cursor", cursor);
    let answer = client.get(&PATH, &query).await?;
    Ok(serde_json::from_str(answer.get())?)
}
