//! `span_detail`: one span whole: what went in, what came out, what it says of itself.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_model::{RawJson, same};
use telemetron_view::{LlmCallView, SpanAnswer, SpanView, ToolCallView};

use super::super::budgeted_text::Section;
use super::super::format;
use super::super::tokens::tokens;
use super::payload::{self, Window};
use super::{Path, Tool, ToolContext, ToolError, lines, which};

/// Room that the name of a part takes.
const TITLE_TOKENS: usize = 20;

/// Room that the name of a part takes, and the call that reads on.
const PART_TOKENS: usize = 140;

/// Which span, and which part of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpanDetail {
    /// Trace id, or `last`, or `last-failed`
    trace_id: String,
    /// Span id
    span_id: String,
    /// Only this part, read on from `offset`: input, output, error, attributes, events, calls
    part: Option<String>,
    /// Byte of the part at which to begin, as an earlier answer named it
    #[serde(default)]
    offset: usize,
}

/// A part of a span: its name and its text.
struct Part {
    name: &'static str,
    text: String,
}

impl Tool for SpanDetail {
    const NAME: &'static str = "span_detail";
    const TITLE: &'static str = "Span detail";
    const ABOUT: &'static str = "One span with its error and stack, input, output, model and tool \
        calls, and attributes. Long parts are cut at a line; read on with part and offset.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let id = which::trace(context, &self.trace_id).await?;
        let path = Path::new(&["traces", &id, "spans", self.span_id.trim()]);
        let answer: SpanAnswer = context.read(&path).await?;
        let parts = parts(&answer);
        match &self.part {
            None => Ok(overview(context, &id, &answer, &parts)),
            Some(name) => one_part(context, &id, &answer.span, &parts, name, self.offset),
        }
    }
}

/// Everything of a span, each part within its share of the room.
fn overview(context: ToolContext<'_>, trace: &str, answer: &SpanAnswer, parts: &[Part]) -> String {
    let mut answer_text = context.answer_text();
    let head = head(&answer.span);
    let fixed: usize = head.iter().map(|line| tokens(line) + 2).sum();
    head.into_iter().for_each(|line| {
        answer_text.line(line);
    });
    let needs: Vec<_> = parts
        .iter()
        .map(|part| tokens(&part.text) + TITLE_TOKENS)
        .collect();
    let room = context.budget.saturating_sub(fixed + TITLE_TOKENS);
    for ((part, need), share) in parts.iter().zip(&needs).zip(shares(&needs, room)) {
        let own = if *need <= share {
            share
        } else {
            share.saturating_sub(PART_TOKENS)
        };
        let window = payload::window(&part.text, 0, own);
        answer_text.section(section(trace, &answer.span, part, 0, &window));
    }
    answer_text.finish()
}

/// Shares room fairly: what needs little gets all of it, what needs much gets equal parts of the
/// rest.
fn shares(needs: &[usize], mut room: usize) -> Vec<usize> {
    let mut shares = vec![0; needs.len()];
    let mut places: Vec<usize> = (0..needs.len()).collect();
    places.sort_by_key(|place| needs.get(*place));
    for (done, place) in places.iter().enumerate() {
        let fair = room / (needs.len() - done);
        let own = needs.get(*place).map_or(0, |need| fair.min(*need));
        if let Some(share) = shares.get_mut(*place) {
            *share = own;
        }
        room -= own;
    }
    shares
}

fn one_part(
    context: ToolContext<'_>,
    trace: &str,
    span: &SpanView,
    parts: &[Part],
    name: &str,
    offset: usize,
) -> Result<String, ToolError> {
    let part = parts.iter().find(|part| part.name == name).ok_or_else(|| {
        let names: Vec<_> = parts.iter().map(|part| part.name).collect();
        let there = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        ToolError::Wrong(format!("this span has no part `{name}`; it has {there}"))
    })?;
    let mut answer_text = context.answer_text();
    answer_text.line(format!(
        "# Span {} {}",
        span.span_id,
        format::line(&span.name, 60)
    ));
    let room = context.budget.saturating_sub(2 * PART_TOKENS + 60);
    let window = payload::window(&part.text, offset, room);
    answer_text.section(section(trace, span, part, offset, &window));
    Ok(answer_text.finish())
}

fn section(trace: &str, span: &SpanView, part: &Part, offset: usize, window: &Window) -> Section {
    let (name, all) = (part.name, part.text.len());
    let Some(next) = window.next else {
        let title = if offset == 0 {
            name.to_owned()
        } else {
            format!("{name} (from byte {offset} to its end)")
        };
        return Section::new(title, vec![window.text.clone()]).sized();
    };
    let title = match next - offset.min(next) {
        0 => format!("{name} ({all} bytes, no room to show them)"),
        _ => format!("{name} (bytes {offset}-{next} of {all})"),
    };
    let id = span.span_id;
    let more = format!(
        "… go on: span_detail(trace_id=\"{trace}\", span_id=\"{id}\", part=\"{name}\", offset={next})"
    );
    Section::new(title, vec![format!("{}\n{more}", window.text.trim_end())]).sized()
}

fn head(span: &SpanView) -> Vec<String> {
    let agent = span.acting_agent.as_deref().or(span.agent_name.as_deref());
    let parent = span
        .parent_span_id
        .map_or_else(|| "root".to_owned(), |parent| format!("parent {parent}"));
    vec![
        format!(
            "# Span {} {} {} \"{}\"",
            span.span_id,
            span.span_kind,
            span.status,
            format::line(&span.name, 100)
        ),
        format::joined([
            format::labelled("agent", agent),
            format::instant(span.start_time),
            format!("took {}", format::took(span.duration_ms)),
            parent,
        ]),
        format::joined([
            format::labelled("model", span.model.as_deref()),
            format::labelled("provider", span.provider.as_deref()),
            format::labelled("tool", span.tool_name.as_deref()),
            format::labelled("finish_reason", span.finish_reason.as_deref()),
            span.token_usage
                .as_ref()
                .map(format::spent)
                .unwrap_or_default(),
            span.cost_usd.map(format::cost).unwrap_or_default(),
        ]),
    ]
}

/// The parts that there are, those that explain most first.
fn parts(answer: &SpanAnswer) -> Vec<Part> {
    let span = &answer.span;
    let of = |name, json: &Option<RawJson>| {
        let text = json
            .as_ref()
            .map(payload::text)
            .filter(|text| !text.is_empty());
        text.map(|text| Part { name, text })
    };
    let error = span.error.as_ref().map(|error| Part {
        name: "error",
        text: match &error.stack {
            Some(stack) => format!("{}\n{stack}", lines::error(error)),
            None => lines::error(error),
        },
    });
    let calls = calls(&answer.llm_calls, &answer.tool_calls);
    // Whoever has read input and output need not read them again.
    let (input, output) = (span.input_data.as_ref(), span.output_data.as_ref());
    let attributes = span.attributes.clone();
    let attributes = attributes.map(|whole| same::collapse(&whole, input, output).unwrap_or(whole));
    [
        error,
        of("output", &span.output_data),
        of("input", &span.input_data),
        calls,
        of("events", &span.events),
        of("attributes", &attributes),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn calls(llm: &[LlmCallView], tools: &[ToolCallView]) -> Option<Part> {
    let llm = llm.iter().map(|call| {
        let error = format::labelled("error", call.error.as_deref());
        let facts = format::joined([format::took(call.latency_ms), error]);
        let answer = call
            .response
            .as_ref()
            .map(payload::text)
            .unwrap_or_default();
        format!("- LLM {} {facts}\n{answer}", call.model)
    });
    let tools = tools.iter().map(|call| {
        let error = format::labelled("error", call.error.as_deref());
        let facts = format::joined([format::took(call.duration_ms), error]);
        let given = call
            .arguments
            .as_ref()
            .map(payload::text)
            .unwrap_or_default();
        let result = call.result.as_ref().map(payload::text).unwrap_or_default();
        format!("- TOOL {} {facts}\n{given}\n=> {result}", call.tool_name)
    });
    let text = llm.chain(tools).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(Part {
        name: "calls",
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_little_stands_whole_and_the_rest_is_shared() {
        assert_eq!(shares(&[1_000, 30, 1_000], 430), [200, 30, 200]);
        assert_eq!(shares(&[10, 10], 430), [10, 10]);
        assert_eq!(shares(&[], 430), Vec::<usize>::new());
    }
}
