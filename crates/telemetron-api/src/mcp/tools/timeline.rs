//! `timeline`: what happened in a trace, in order of time.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_model::record::Status;
use telemetron_view::{Page, TimelineEntry, TimelineKind};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, lines, which};

/// Lines of one page of the API.
const PAGE: usize = 5_000;

/// Pages that are looked through for lines of some kinds: more than 50,000 spans have.
const MOST_PAGES: usize = 24;

/// Lines that are gathered at most: more than fit into any answer.
const ENOUGH: usize = 2_000;

/// Which trace, and which lines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimelineOf {
    /// Trace id, or `last`, or `last-failed`
    trace_id: String,
    /// Only these kinds: span_start, span_end, event, handoff, error; `error` includes failed spans
    #[serde(default)]
    only: Vec<String>,
    /// Where an earlier answer ended
    cursor: Option<String>,
    /// `links` reads the whole run: all traces that links of spans join to this one; `session` all
    /// traces of its session
    follow: Option<String>,
}

/// A line, and where it stands: on which page of the API, at which place.
struct Line {
    entry: TimelineEntry,
    page: usize,
    place: usize,
}

/// What was gathered.
#[derive(Default)]
struct Gathered {
    lines: Vec<Line>,
    /// The cursor of each page that was read.
    pages: Vec<Option<String>>,
    /// Where the next page begins.
    next: Option<String>,
    note: String,
}

impl Tool for TimelineOf {
    const NAME: &'static str = "timeline";
    const TITLE: &'static str = "Timeline";
    const ABOUT: &'static str = "Everything of a trace in order of time: span starts and ends, \
        events, handoffs, errors. Use `only` to see just some kinds, e.g. [\"error\", \"handoff\"] \
        on a large trace.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let kinds = kinds(&self.only)?;
        let id = which::trace(context, &self.trace_id).await?;
        let path = Path::new(&["traces", &id, "timeline"]).with("follow", self.follow.as_ref());
        let gathered = gather(context, &path, &kinds, self.cursor).await?;
        let mut answer_text = context.answer_text();
        answer_text.line(format!("# Timeline of trace {id}"));
        answer_text.line(gathered.note.clone());
        if gathered.lines.is_empty() {
            answer_text.line("No line of these kinds.");
        }
        let begin = gathered.lines.first().map(|line| line.entry.time);
        let items = gathered.lines.iter().map(|line| {
            let after = begin.map_or(0, |begin| line.entry.time.0.since(begin.0));
            said(&line.entry, after)
        });
        let items = items.collect();
        let title = begin.map_or_else(
            || "Lines".to_owned(),
            |begin| format!("Lines, in time after {}", format::instant(begin)),
        );
        let more = i64::from(gathered.next.is_some());
        let place = answer_text.section(Section::new(title, items).beyond(more));
        answer_text.fit();
        let (shown, here) = answer_text.shown(place);
        let cursor = if shown == here {
            gathered.next
        } else {
            cursor_after(context, &path, &gathered, shown).await?
        };
        if let Some(cursor) = cursor {
            answer_text.set_rest(place, format!("the same call with cursor=\"{cursor}\""));
        }
        Ok(answer_text.write())
    }
}

fn kinds(only: &[String]) -> Result<Vec<TimelineKind>, ToolError> {
    let read = |word: &String| {
        let kind = word.parse::<TimelineKind>();
        kind.map_err(|error| ToolError::Wrong(format!("`only`: {error}")))
    };
    only.iter().map(read).collect()
}

/// Reads pages until there is enough. Without kinds one page is.
async fn gather(
    context: ToolContext<'_>,
    path: &Path,
    kinds: &[TimelineKind],
    cursor: Option<String>,
) -> Result<Gathered, ToolError> {
    let mut gathered = Gathered {
        next: cursor,
        ..Gathered::default()
    };
    loop {
        let begin = gathered.next.take();
        let page = path
            .clone()
            .with("limit", Some(PAGE))
            .with("cursor", begin.as_ref());
        let page: Page<TimelineEntry> = context.read(&page).await?;
        gathered.note = lines::stale(&page.freshness);
        let number = gathered.pages.len();
        gathered.pages.push(begin);
        let entries = page.items.into_iter().enumerate();
        let wanted = entries.filter(|(_, entry)| is_wanted(entry, kinds));
        gathered.lines.extend(wanted.map(|(place, entry)| Line {
            entry,
            page: number,
            place,
        }));
        gathered.next = page.next;
        let is_enough = gathered.lines.len() >= ENOUGH || gathered.pages.len() >= MOST_PAGES;
        if gathered.next.is_none() || is_enough {
            return Ok(gathered);
        }
    }
}

fn is_wanted(entry: &TimelineEntry, kinds: &[TimelineKind]) -> bool {
    let failed = entry.kind == TimelineKind::SpanEnd && entry.status == Some(Status::Failed);
    kinds.is_empty()
        || kinds.contains(&entry.kind)
        || (failed && kinds.contains(&TimelineKind::Error))
}

/// The cursor after so many lines: what the page says that ends there.
async fn cursor_after(
    context: ToolContext<'_>,
    path: &Path,
    gathered: &Gathered,
    shown: usize,
) -> Result<Option<String>, ToolError> {
    let Some(last) = shown
        .checked_sub(1)
        .and_then(|last| gathered.lines.get(last))
    else {
        return Ok(gathered.pages.first().cloned().flatten());
    };
    let begin = gathered.pages.get(last.page).cloned().flatten();
    let ending = path
        .clone()
        .with("limit", Some(last.place + 1))
        .with("cursor", begin);
    let page: Page<TimelineEntry> = context.read(&ending).await?;
    Ok(page.next)
}

fn said(entry: &TimelineEntry, after_ns: i64) -> String {
    let after = format::duration(telemetron_view::millis_of(after_ns));
    let name = entry
        .name
        .as_deref()
        .map(|name| format::line(name, 60))
        .unwrap_or_default();
    let agent = entry.agent.as_deref().map(|agent| format::line(agent, 40));
    let at = agent
        .as_deref()
        .map_or_else(String::new, |agent| format!(" @{agent}"));
    let kind = entry
        .span_kind
        .map(|kind| kind.to_string())
        .unwrap_or_default();
    let message = entry
        .message
        .as_deref()
        .map_or_else(String::new, |message| {
            format!(": {}", format::line(message, 240))
        });
    let id = lines::span_id(entry.trace_id, &entry.id);
    let text = match entry.kind {
        TimelineKind::SpanStart => format!("start {kind} {name}{at} [{id}]"),
        TimelineKind::SpanEnd => format!(
            "end {kind} {name}{at}{} {} [{id}]",
            entry.status.map_or("", lines::unusual),
            format::took(entry.duration_ms)
        ),
        TimelineKind::Event => {
            let event = entry.event_type.as_deref().unwrap_or("event");
            format!("event {event} {name}{at}{message}")
        }
        TimelineKind::Handoff => format!(
            "handoff {} → {}{message}",
            agent.unwrap_or_default(),
            entry.target_agent.as_deref().unwrap_or_default()
        ),
        TimelineKind::Error => format!("ERROR {name}{at}{message}"),
    };
    format!("- +{after} {text}")
}
