//! `telemetron dlq show`.

use telemetron_view::{DeadLetterDetail, DeadLetterView};

use super::one;
use crate::client::Client;
use crate::output::{self, paint};

/// Shows a dead letter with the record itself.
pub(super) async fn run(client: &Client, id: i64, json: bool) -> anyhow::Result<()> {
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
        ("cut", letter.cut.clone().unwrap_or_default()),
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
