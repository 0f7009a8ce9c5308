//! Resources: what a person attaches to a conversation, by URI.

use rmcp::model::{Resource, ResourceTemplate};
use serde_json::{Value, json};

use super::client::{ApiClient, ToolError};
use super::tools;

const STATE: &str = "telemetron://oracle/state";
const ISSUES: &str = "telemetron://oracle/issues";
const TRACE: &str = "telemetron://traces/";

/// The resources that are always there.
pub(super) fn list() -> Vec<Resource> {
    [
        (
            STATE,
            "System state",
            "The state of the whole system: issues, agents, workload, queues, models",
        ),
        (ISSUES, "Issues", "What is wrong now, the worst first"),
        (
            "telemetron://traces/last-failed",
            "Last failed trace",
            "Summary of the trace that failed last",
        ),
    ]
    .map(|(uri, name, about)| {
        Resource::new(uri, name)
            .with_description(about)
            .with_mime_type("text/markdown")
    })
    .into()
}

/// The resources that take an id.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    let trace = ResourceTemplate::new(format!("{TRACE}{{trace_id}}"), "Trace");
    let diagnosis = ResourceTemplate::new(
        format!("{TRACE}{{trace_id}}/diagnosis"),
        "Diagnosis of a trace",
    );
    vec![
        trace
            .with_description("Summary of a trace")
            .with_mime_type("text/markdown"),
        diagnosis
            .with_description("Why a trace failed")
            .with_mime_type("text/markdown"),
    ]
}

/// Reads a resource: what the tool of the same subject says.
pub(super) async fn read(api: &dyn ApiClient, uri: &str) -> Result<String, ToolError> {
    let (tool, arguments) = asked(uri)?;
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    tools::run(api, tool, arguments).await
}

fn asked(uri: &str) -> Result<(&'static str, Value), ToolError> {
    match uri {
        STATE => return Ok(("system_state", json!({}))),
        ISSUES => return Ok(("issues", json!({}))),
        _ => {}
    }
    let unknown = || ToolError::Wrong(format!("there is no resource `{uri}`"));
    let rest = uri.strip_prefix(TRACE).ok_or_else(unknown)?;
    match rest.split_once('/') {
        None if !rest.is_empty() => Ok(("trace_summary", json!({ "trace_id": rest }))),
        Some((id, "diagnosis")) => Ok(("diagnose", json!({ "trace_id": id }))),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_a_tool_and_its_argument() {
        assert_eq!(asked(ISSUES).unwrap().0, "issues");
        let (tool, arguments) = asked("telemetron://traces/abc/diagnosis").unwrap();
        assert_eq!(
            (tool, arguments),
            ("diagnose", json!({ "trace_id": "abc" }))
        );
        for unknown in [
            "telemetron://traces/",
            "telemetron://other",
            "telemetron://traces/a/b",
        ] {
            assert!(asked(unknown).is_err(), "{unknown}");
        }
    }
}
