//! `telemetron traces tail`: what happens now, line by line, until it is interrupted.

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::Value;
use telemetron_model::Timestamp;
use telemetron_view::{LiveFrame, LiveKind, millis_between};

use crate::client::{Client, Query};
use crate::output::{self, paint};

/// Columns of a line's text.
const WIDTH: usize = 160;

/// What is followed.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Only this trace: 32 hex digits, or a UUID
    trace_id: Option<String>,
    /// Only of this agent (name or id)
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Only these kinds of records, separated by commas: span, event, handoff, trace, error
    #[arg(long, default_value = "span,event,handoff,trace,error")]
    kinds: String,
    /// Stop after so many records
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// Follows the live stream; comes back where it was cut off.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let mut follower = Follower {
        json,
        left: choice.limit.unwrap_or(usize::MAX),
        cursor: None,
    };
    while follower.left > 0 {
        let mut query = Query::default();
        query
            .add("trace_ids", choice.trace_id.as_ref())
            .add("agent_names", choice.agent.as_ref())
            .add("kinds", Some(&choice.kinds))
            .add("cursor", follower.cursor.as_ref());
        let path = ["api", "v1", "events", "stream"];
        follower.follow(client.follow(&path, &query).await?).await?;
    }
    Ok(())
}

struct Follower {
    json: bool,
    left: usize,
    cursor: Option<String>,
}

impl Follower {
    /// Reads Server-Sent Events until the stream ends; each carries its frame on one line.
    async fn follow(&mut self, answer: reqwest::Response) -> anyhow::Result<()> {
        let mut chunks = answer.bytes_stream();
        let mut waiting: Vec<u8> = Vec::new();
        while self.left > 0 {
            // A connection that breaks is taken up again, from the cursor on.
            let Some(Ok(chunk)) = chunks.next().await else {
                return Ok(());
            };
            waiting.extend_from_slice(&chunk);
            while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = waiting.drain(..=end).collect();
                if let Some(data) = line.strip_prefix(b"data:") {
                    self.frame(&String::from_utf8_lossy(data))?;
                }
            }
        }
        Ok(())
    }

    fn frame(&mut self, text: &str) -> anyhow::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        let frame: LiveFrame = serde_json::from_str(text.trim())?;
        let is_record = frame.frame_type == "record";
        self.left -= usize::from(is_record);
        self.cursor = frame.cursor.clone().or_else(|| self.cursor.take());
        if self.json {
            return Ok(output::line(text.trim())?);
        }
        if is_record {
            return Ok(output::line(record(&frame))?);
        }
        let missed = frame
            .missed
            .map(|missed| format!("{missed} records were missed"));
        let told = missed.or(frame.detail).unwrap_or(frame.frame_type);
        Ok(output::line(paint::painted(paint::RUNNING, told))?)
    }
}

/// A record as a line: when, what, who, and its text.
fn record(frame: &LiveFrame) -> String {
    let value: Option<Value> = frame.data.as_ref().and_then(|data| data.parse().ok());
    let value = value.unwrap_or_default();
    let kind = frame.kind.map_or("record", LiveKind::as_str);
    let status = text(&value, "status");
    let style = match status {
        "FAILED" => paint::FAILED,
        "RUNNING" => paint::RUNNING,
        _ if frame.kind == Some(LiveKind::Error) => paint::FAILED,
        _ => paint::PLAIN,
    };
    let time = ["end_time", "timestamp", "start_time"];
    let time = time.iter().find_map(|name| instant(&value, name));
    let time = time
        .map(|time| output::time_text(time.into()))
        .unwrap_or_default();
    let time = paint::painted(paint::QUIET, time);
    let kind = paint::painted(style, format_args!("{kind:<8}{status:<10}"));
    let told = output::shortened(&words(&value), WIDTH);
    let trace = paint::painted(
        paint::QUIET,
        output::shortened(text(&value, "trace_id"), 32),
    );
    format!("{time} {kind} {told}  {trace}")
}

/// What stands in a line: the agents, the names, what is said, how long it took.
fn words(value: &Value) -> String {
    let source = text(value, "source_agent_name");
    let agents = match text(value, "target_agent_name") {
        "" => text(value, "agent_name").to_owned(),
        target => format!("{source} → {target}"),
    };
    let took = instant(value, "start_time").zip(instant(value, "end_time"));
    let took = took.map(|(start, end)| output::duration_text(millis_between(start, end)));
    let said = ["name", "event_name", "error_type", "reason", "message"];
    let said = said.iter().map(|name| text(value, name));
    let mut parts: Vec<String> = vec![agents];
    parts.extend(said.map(str::to_owned));
    parts.push(text(value.get("error").unwrap_or(&Value::Null), "message").to_owned());
    parts.extend(took);
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn instant(value: &Value, name: &str) -> Option<Timestamp> {
    let value = value.get(name)?;
    let nanos = value.as_i64().map(Timestamp::from_nanos);
    nanos.or_else(|| Timestamp::parse_rfc3339(value.as_str()?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_that_says_who_and_what() {
        let frame = r#"{"type":"record","cursor":"c","kind":"span","data":{"trace_id":"ab","name":"search",
            "agent_name":"researcher","status":"FAILED","start_time":1000000000,"end_time":1500000000,
            "error":{"message":"no\nroute"}}}"#;
        let frame: LiveFrame = serde_json::from_str(frame).unwrap();
        let line = anstream::adapter::strip_str(&record(&frame)).to_string();
        assert_eq!(
            line,
            "1970-01-01 00:00:01 span    FAILED     researcher · search · no route · 500 ms  ab"
        );
    }
}
