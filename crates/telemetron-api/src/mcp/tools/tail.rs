//! `tail`: what happens now, for a bounded time.

use std::time::Duration;

use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use telemetron_view::LiveFrame;
use tokio::time::{Instant, timeout_at};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError};

/// Longest wait: well below the minute that clients give a tool.
const MOST_SECONDS: u64 = 25;

/// Most records of one answer.
const MOST_RECORDS: usize = 200;

/// Largest piece of the stream that is held before it ends.
const MOST_PENDING: usize = 4 * 1024 * 1024;

/// What to listen to, and for how long.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tail {
    /// Only this trace
    trace_id: Option<String>,
    /// Only these agents, by name or id
    agents: Vec<String>,
    /// Only these kinds: span, event, handoff, trace, error, metric, agent, task
    kinds: Vec<String>,
    /// Only what is at least so bad: debug, info, warning, error, critical
    min_severity: Option<String>,
    /// Seconds to wait at most, up to 25; 10 when absent
    wait_s: Option<u64>,
    /// End early after so many records; 20 when absent
    limit: Option<usize>,
    /// Where an earlier answer ended: nothing in between is missed
    cursor: Option<String>,
}

impl Tool for Tail {
    const NAME: &'static str = "tail";
    const TITLE: &'static str = "Live tail";
    const ABOUT: &'static str = "Waits for the next live records (spans, handoffs, events, errors), \
        at most 25 seconds, and returns them with a cursor to go on from.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let wait = self.wait_s.unwrap_or(10).clamp(1, MOST_SECONDS);
        let limit = self.limit.unwrap_or(20).clamp(1, MOST_RECORDS);
        let deadline = Instant::now() + Duration::from_secs(wait);
        let received = listen(context, &self.path(), limit, deadline).await?;
        let mut answer_text = context.answer_text();
        answer_text.line(match received.records.len() {
            0 => format!("Nothing came within {wait} s."),
            count => format::things(i64::try_from(count).unwrap_or(i64::MAX), "record"),
        });
        answer_text.line(received.note);
        let items = received.records.iter().map(said).collect();
        let place = answer_text.section(Section::new("Records, oldest first", items));
        answer_text.fit();
        let (shown, here) = answer_text.shown(place);
        let last = shown
            .checked_sub(1)
            .and_then(|last| received.records.get(last));
        let cursor = last.and_then(|frame| frame.cursor.clone()).or(self.cursor);
        if let Some(cursor) = cursor {
            let call = format!("tail with cursor=\"{cursor}\"");
            answer_text.set_rest(place, call.clone());
            if shown == here {
                answer_text.next(format!("{call} goes on from here"));
            }
        }
        Ok(answer_text.write())
    }
}

impl Tail {
    fn path(&self) -> Path {
        let list = |words: &[String]| (!words.is_empty()).then(|| words.join(","));
        Path::new(&["events", "stream"])
            .with("trace_ids", self.trace_id.as_ref())
            .with("agent_names", list(&self.agents))
            .with("kinds", list(&self.kinds))
            .with("min_severity", self.min_severity.as_ref())
            .with("cursor", self.cursor.as_ref())
    }
}

/// What was received.
#[derive(Debug, Default)]
struct Received {
    records: Vec<LiveFrame>,
    note: String,
}

/// Listens until there is enough or time is up. A stream that fails later is an end, not a fault.
async fn listen(
    context: ToolContext<'_>,
    path: &Path,
    limit: usize,
    deadline: Instant,
) -> Result<Received, ToolError> {
    let mut stream = context.api.get(path.text()).await?.stream().await?;
    let mut received = Received::default();
    let mut pending = Vec::new();
    while received.records.len() < limit && pending.len() < MOST_PENDING {
        let Ok(Some(Ok(part))) = timeout_at(deadline, stream.next()).await else {
            break;
        };
        pending.extend_from_slice(&part);
        while let Some(end) = pending.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = pending.drain(..end + 2).collect();
            received.take(&String::from_utf8_lossy(&event));
        }
    }
    received.records.truncate(limit);
    Ok(received)
}

impl Received {
    /// Takes one event of the stream.
    fn take(&mut self, event: &str) {
        let data = event.lines().filter_map(|line| line.strip_prefix("data:"));
        let data: String = data.map(str::trim_start).collect();
        let Ok(frame) = serde_json::from_str::<LiveFrame>(&data) else {
            // A sign of life carries no data.
            return;
        };
        match (frame.frame_type.as_str(), frame.missed, &frame.detail) {
            ("record", ..) => self.records.push(frame),
            (_, Some(missed), _) => {
                self.note = format!("note: {missed} records came too fast and are left out")
            }
            (_, _, Some(detail)) => self.note = format!("note: {detail}"),
            _ => {}
        }
    }
}

/// A record in a line: what it is, whose, how it went.
fn said(frame: &LiveFrame) -> String {
    let kind = frame.kind.map(|kind| kind.to_string()).unwrap_or_default();
    let data = frame
        .data
        .as_ref()
        .and_then(|data| data.parse::<Value>().ok());
    let data = data.unwrap_or_default();
    let field = |names: &[&str]| {
        let found = names
            .iter()
            .find_map(|name| data.get(*name).filter(|value| !value.is_null()));
        found.map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
    };
    let named = |label: &str, names: &[&str], most: usize| {
        field(names).map_or_else(String::new, |text| {
            format!("{label}{}", format::line(&text, most))
        })
    };
    let error = data
        .get("error")
        .and_then(|error| error.get("message"))
        .and_then(Value::as_str);
    let error = error.map_or_else(String::new, |error| {
        format!("error: {}", format::line(error, 200))
    });
    let facts = format::joined([
        named("", &["span_kind", "event_type", "error_type"], 40),
        named("", &["name", "event_name", "metric_name", "task_type"], 60),
        named("@", &["agent_name", "agent_id"], 40),
        named("", &["source_agent_name"], 40),
        named("→ ", &["target_agent_name"], 40),
        named("", &["status", "value"], 20),
        named("", &["message", "reason"], 200),
        error,
        named("span ", &["span_id"], 32),
        named("trace ", &["trace_id"], 32),
    ]);
    format!("- {kind} {facts}")
}
