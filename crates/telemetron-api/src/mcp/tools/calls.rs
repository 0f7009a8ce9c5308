//! What an answer of the API proposes to ask next, as a call of a tool.

use serde_json::Value;
use telemetron_model::Rfc3339;
use telemetron_view::{Next, TracesLike};

/// The tool that asks what is proposed; what no tool asks stays as it is written.
pub(super) fn tool_call(asks: Option<&Next>, written: &str) -> String {
    let call = asks.and_then(call);
    call.unwrap_or_else(|| written.to_owned())
}

fn call(asks: &Next) -> Option<String> {
    let of_trace = |tool, id: &dyn ToString| called(tool, [("trace_id", word(id))]);
    Some(match asks {
        Next::Traces { like } => find_traces(like),
        Next::Spans { trace_id } => of_trace("trace_summary", trace_id),
        Next::Diagnosis { trace_id } => of_trace("diagnose", trace_id),
        Next::Graph { trace_id } => of_trace("agent_graph", trace_id),
        Next::Timeline { trace_id } => of_trace("timeline", trace_id),
        Next::Span { trace_id, span_id } => called(
            "span_detail",
            [("trace_id", word(trace_id)), ("span_id", word(span_id))],
        ),
        Next::Metrics => called("metrics", []),
        Next::Issues { at } => called("issues", [("at", word(at))]),
        Next::Diff { from, to } => called(
            "system_state",
            [("changes_since", word(from)), ("at", word(to))],
        ),
        Next::State { at } | Next::Queues { at } => {
            called("system_state", [("at", at.as_ref().and_then(word))])
        }
        Next::Agents | Next::Workload => called("system_state", []),
        Next::Ingest | Next::DeadLetters | Next::DeadLetter { .. } => return None,
    })
}

fn find_traces(like: &TracesLike) -> String {
    let text = |text: &Option<String>| text.as_ref().and_then(word);
    let instant = |at: Option<Rfc3339>| at.as_ref().and_then(word);
    called(
        "find_traces",
        [
            ("agent", text(&like.agent)),
            ("model", text(&like.model)),
            ("tool", text(&like.tool)),
            ("min_duration_ms", like.min_duration_ms.map(Value::from)),
            ("errors_only", like.errors_only.then_some(true.into())),
            ("since", instant(like.start_after)),
            ("until", instant(like.start_before)),
            ("limit", like.limit.map(Value::from)),
        ],
    )
}

fn word(text: &(impl ToString + ?Sized)) -> Option<Value> {
    Some(Value::from(text.to_string()))
}

/// `tool(name="text", other=5)`.
fn called<const N: usize>(tool: &str, arguments: [(&str, Option<Value>); N]) -> String {
    let given = arguments
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    format!("{tool}({})", given.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use telemetron_model::Timestamp;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn what_the_api_proposes_is_a_call_of_a_tool_where_there_is_one() {
        let trace_id = TRACE.parse().unwrap();
        let at = |text| Rfc3339(Timestamp::parse_rfc3339(text).unwrap());
        let like = TracesLike {
            agent: Some("night watch".to_owned()),
            errors_only: true,
            limit: Some(5),
            ..TracesLike::default()
        };
        let cases = [
            (
                Next::Diagnosis { trace_id },
                format!(r#"diagnose(trace_id="{TRACE}")"#),
            ),
            (
                Next::Span {
                    trace_id,
                    span_id: "0000000000000012".parse().unwrap(),
                },
                format!(r#"span_detail(trace_id="{TRACE}", span_id="0000000000000012")"#),
            ),
            (
                Next::Traces { like },
                r#"find_traces(agent="night watch", errors_only=true, limit=5)"#.to_owned(),
            ),
            (
                Next::Diff {
                    from: at("2026-01-31T12:00:00Z"),
                    to: at("2026-01-31T12:05:00Z"),
                },
                r#"system_state(changes_since="2026-01-31T12:00:00Z", at="2026-01-31T12:05:00Z")"#
                    .to_owned(),
            ),
            (Next::Queues { at: None }, "system_state()".to_owned()),
        ];
        for (asks, call) in cases {
            assert_eq!(tool_call(Some(&asks), ""), call);
        }
    }

    #[test]
    fn what_no_tool_asks_stays_as_it_is_written() {
        let letter = Next::DeadLetter { id: 7 };
        assert_eq!(
            tool_call(Some(&letter), "/api/v1/dead-letters/7"),
            "/api/v1/dead-letters/7"
        );
        assert_eq!(tool_call(None, "look at it"), "look at it");
    }
}
