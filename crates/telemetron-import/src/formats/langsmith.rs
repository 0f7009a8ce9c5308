//! LangSmith's runs: one a document, with the runs below it (`child_runs`), under `runs`, or as its SDK
//! posts them (`post`, then `patch`).
//!
//! ```json
//! {"id": "…", "trace_id": "…", "parent_run_id": null, "name": "agent", "run_type": "chain",
//!  "start_time": "…", "end_time": "…", "inputs": {…}, "outputs": {…}, "error": null, "extra": {…}}
//! ```
//!
//! They are put into the words of LangSmith's own export over OpenTelemetry. What somebody said of a
//! run later (`feedback_stats`) is left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::foreign::{self, ForeignEvent, ForeignSpan, Id, TraceKey, nanos};
use crate::story::text;
use crate::{Document, Format, Run};

/// The form of LangSmith.
pub(crate) struct LangSmith;

/// The lists under which runs stand.
const LISTS: [&str; 3] = ["runs", "post", "patch"];

impl Format for LangSmith {
    fn name(&self) -> &'static str {
        "langsmith"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let one = document.has(&["run_type", "id"]) && document.has(&["start_time"]);
        one || LISTS.iter().any(|list| {
            let runs = document.field(list);
            runs.starts_with('[') && runs.contains("\"run_type\"") && runs.contains("\"trace_id\"")
        })
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        let mut whole: Map<String, Value> = document.parse()?;
        let mut runs = BTreeMap::new();
        let mut rejected = Vec::new();
        if whole.contains_key("run_type") {
            gather(whole, None, &mut runs, &mut rejected);
        } else {
            for list in LISTS {
                let Some(Value::Array(listed)) = whole.remove(list) else {
                    continue;
                };
                for run in listed {
                    if let Value::Object(run) = run {
                        gather(run, None, &mut runs, &mut rejected);
                    }
                }
            }
        }
        let mut run = foreign::records(runs.into_values().map(span).collect());
        run.rejected.extend(rejected);
        Ok(run)
    }
}

/// Takes in a run and those below it. What comes of a run a second time (its end) adds to the first.
fn gather(
    mut run: Map<String, Value>,
    above: Option<&Map<String, Value>>,
    runs: &mut BTreeMap<(u64, String), Map<String, Value>>,
    rejected: &mut Vec<String>,
) {
    let Some(id) = run.get("id").and_then(Value::as_str).map(str::to_owned) else {
        rejected.push("a run without an id".to_owned());
        return;
    };
    let below = run.remove("child_runs");
    if let Some(above) = above {
        let own = |name: &str| above.get(name).cloned().unwrap_or_default();
        run.entry("trace_id").or_insert(own("trace_id"));
        run.entry("parent_run_id").or_insert(own("id"));
    }
    let known = runs.keys().find(|(_, known)| *known == id).cloned();
    let key = known.unwrap_or_else(|| {
        let start = run.get("start_time").map_or(0, nanos);
        (start, id)
    });
    let whole = runs.entry(key.clone()).or_default();
    let is_said = |value: &Value| !(value.is_null() || value == &Value::Object(Map::new()));
    whole.extend(run.into_iter().filter(|(_, value)| is_said(value)));
    let whole = whole.clone();
    for child in below
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Value::Object(child) = child {
            gather(child.clone(), Some(&whole), runs, rejected);
        }
    }
}

fn span(mut run: Map<String, Value>) -> ForeignSpan {
    let word = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = word(run.get("id"));
    let trace = run
        .get("trace_id")
        .map_or_else(|| id.clone(), |trace| word(Some(trace)));
    let parent = word(run.get("parent_run_id"));
    let error = run.get("error").and_then(Value::as_str).map(str::to_owned);
    let events = run.remove("events");
    ForeignSpan {
        trace: TraceKey::of(&trace).unwrap_or_default(),
        id: Id::of(&id).unwrap_or_default(),
        parent: Id::of(&parent),
        name: word(run.get("name")),
        start: run.get("start_time").map_or(0, nanos),
        end: run.get("end_time").map_or(0, nanos),
        failed: error.is_some().then_some(true),
        message: error.unwrap_or_default(),
        events: events.map(told).unwrap_or_default(),
        attributes: attributes(&run),
        scope: "langsmith".to_owned(),
        ..ForeignSpan::default()
    }
}

/// What happened within a run; the tokens of a stream are left out.
fn told(events: Value) -> Vec<ForeignEvent> {
    let Value::Array(events) = events else {
        return Vec::new();
    };
    let all = events.into_iter().filter_map(|event| {
        let name = event["name"].as_str().filter(|name| *name != "new_token")?;
        Some(ForeignEvent {
            name: name.to_owned(),
            time: nanos(&event["time"]),
            attributes: Map::new(),
        })
    });
    all.collect()
}

fn attributes(run: &Map<String, Value>) -> Map<String, Value> {
    let own = |name: &str| run.get(name).cloned().unwrap_or_default();
    let extra = own("extra");
    let outputs = own("outputs");
    let metadata = extra["metadata"].as_object().cloned().unwrap_or_default();
    let usage = [
        &outputs["usage_metadata"],
        &metadata.get("usage_metadata").cloned().unwrap_or_default(),
        &outputs["usage"],
        &outputs["llm_output"]["token_usage"],
    ]
    .into_iter()
    .find(|usage| usage.is_object())
    .cloned()
    .unwrap_or_default();
    let count = |names: [&str; 2], sum: &str| {
        let told = names.iter().map(|name| usage[*name].clone());
        told.chain([own(sum)])
            .find(|count| count.is_number())
            .unwrap_or_default()
    };
    let is_model = own("run_type") == "llm";
    let of_model = |count: Value| if is_model { count } else { Value::Null };
    let parameters = extra["invocation_params"].as_object();
    let named = [Some(&metadata), parameters]
        .into_iter()
        .flatten()
        .find_map(|fields| {
            ["ls_model_name", "model", "model_name"]
                .iter()
                .find_map(|name| fields.get(*name))
        })
        .cloned()
        .unwrap_or_default();
    let mut attributes: Map<String, Value> = [
        ("langsmith.span.kind", own("run_type")),
        ("langsmith.trace.name", own("name")),
        ("langsmith.trace.session_name", own("session_name")),
        ("gen_ai.prompt", text(&own("inputs"))),
        ("gen_ai.completion", text(&outputs)),
        ("gen_ai.request.model", of_model(named)),
        ("gen_ai.response.model", of_model(outputs["model"].clone())),
        (
            "gen_ai.usage.input_tokens",
            of_model(count(["input_tokens", "prompt_tokens"], "prompt_tokens")),
        ),
        (
            "gen_ai.usage.output_tokens",
            of_model(count(
                ["output_tokens", "completion_tokens"],
                "completion_tokens",
            )),
        ),
        (
            "gen_ai.usage.total_tokens",
            of_model(count(["total_tokens", "total_tokens"], "total_tokens")),
        ),
        (
            "gen_ai.usage.input_token_details",
            of_model(details(
                &usage,
                "input_token_details",
                "prompt_tokens_details",
            )),
        ),
        (
            "gen_ai.usage.output_token_details",
            of_model(details(
                &usage,
                "output_token_details",
                "completion_tokens_details",
            )),
        ),
        ("gen_ai.cost.total", of_model(own("total_cost"))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    attributes.extend(
        metadata
            .into_iter()
            .map(|(name, value)| (format!("langsmith.metadata.{name}"), value)),
    );
    attributes.retain(|_, value| !value.is_null());
    attributes
}

/// The details of a count, under LangSmith's name for them or the provider's.
fn details(usage: &Value, own: &str, foreign: &str) -> Value {
    [own, foreign]
        .iter()
        .map(|name| text(&usage[*name]))
        .find(|details| !details.is_null())
        .unwrap_or_default()
}
