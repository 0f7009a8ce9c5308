//! What an answer of the API proposes to ask next, as a call of a tool.

use serde_json::Value;

/// The tool that asks what a path of the API asks; what no tool asks stays as it was proposed.
pub(super) fn tool_call(proposed: &str) -> String {
    translated(proposed).unwrap_or_else(|| proposed.to_owned())
}

fn translated(proposed: &str) -> Option<String> {
    let path = proposed.strip_prefix("GET ").unwrap_or(proposed);
    let parts = path.strip_prefix("/api/v1/")?;
    let (parts, query) = parts.split_once('?').unwrap_or((parts, ""));
    let parts: Vec<_> = parts.split('/').collect();
    let of_trace = |tool: &str, id: &str| written(tool, [("trace_id", id)]);
    Some(match parts.as_slice() {
        ["traces"] => asked("find_traces", query, &TRACES)?,
        ["traces", id] | ["traces", id, "spans"] => of_trace("trace_summary", id),
        ["traces", id, "diagnosis"] => of_trace("diagnose", id),
        ["traces", id, "graph"] => of_trace("agent_graph", id),
        ["traces", id, "timeline"] => of_trace("timeline", id),
        ["traces", id, "spans", span] => {
            written("span_detail", [("trace_id", *id), ("span_id", *span)])
        }
        ["metrics"] => "metrics()".to_owned(),
        ["oracle", "issues"] => asked("issues", query, &[("at", "at")])?,
        ["oracle", "diff"] => asked(
            "system_state",
            query,
            &[("from", "changes_since"), ("to", "at")],
        )?,
        ["oracle", "state" | "agents" | "workload" | "queues" | "llm"] => {
            asked("system_state", query, &[("at", "at")])?
        }
        _ => return None,
    })
}

/// How the tool calls the parameters of the list of traces.
const TRACES: [(&str, &str); 9] = [
    ("agent", "agent"),
    ("model", "model"),
    ("tool", "tool"),
    ("status", "status"),
    ("errors_only", "errors_only"),
    ("min_duration_ms", "min_duration_ms"),
    ("start_after", "since"),
    ("start_before", "until"),
    ("limit", "limit"),
];

/// A call with the parameters of a query; none when the tool lacks one of them.
fn asked(tool: &str, query: &str, names: &[(&str, &'static str)]) -> Option<String> {
    let given = form_urlencoded::parse(query.as_bytes());
    let given = given.map(|(name, value)| {
        let (_, own) = names.iter().find(|(known, _)| *known == name)?;
        Some((*own, value))
    });
    let given: Option<Vec<_>> = given.collect();
    Some(written(tool, given?))
}

/// `tool(name="text", other=5)`.
fn written<V: AsRef<str>>(
    tool: &str,
    given: impl IntoIterator<Item = (&'static str, V)>,
) -> String {
    let given = given.into_iter().map(|(name, value)| {
        let value = value.as_ref();
        let is_plain = value == "true" || value.parse::<f64>().is_ok();
        match is_plain && !name.ends_with("_id") {
            true => format!("{name}={value}"),
            false => format!("{name}={}", Value::from(value)),
        }
    });
    format!("{tool}({})", given.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_api_proposes_is_a_call_of_a_tool_where_there_is_one() {
        let cases = [
            (
                "/api/v1/traces/ab12/diagnosis",
                r#"diagnose(trace_id="ab12")"#,
            ),
            (
                "GET /api/v1/traces/ab12/spans/0000000000000012",
                r#"span_detail(trace_id="ab12", span_id="0000000000000012")"#,
            ),
            (
                "/api/v1/traces?agent=night+watch&errors_only=true&limit=5",
                r#"find_traces(agent="night watch", errors_only=true, limit=5)"#,
            ),
            (
                "GET /api/v1/oracle/diff?from=2026-01-31T12:00:00Z&to=2026-01-31T12:05:00Z",
                r#"system_state(changes_since="2026-01-31T12:00:00Z", at="2026-01-31T12:05:00Z")"#,
            ),
            ("/api/v1/oracle/queues", "system_state()"),
        ];
        for (path, call) in cases {
            assert_eq!(tool_call(path), call);
        }
    }

    #[test]
    fn what_no_tool_asks_stays_as_it_was() {
        for proposed in [
            "/api/v1/dead-letters/7",
            "/api/v1/traces?q=x",
            "kubectl -n agents describe pod booker-0",
        ] {
            assert_eq!(tool_call(proposed), proposed);
        }
    }
}
