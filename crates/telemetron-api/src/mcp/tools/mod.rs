//! The tools, one file each: what they are called, what they take, what they say.

mod agent_graph;
mod arguments;
mod calls;
mod compare;
mod diagnose;
mod find_traces;
mod issues;
mod lines;
mod metrics;
mod payload;
mod span_detail;
mod system_state;
mod tail;
mod timeline;
mod trace_summary;
mod tree;
mod when;
mod which;

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rmcp::model::{JsonObject, Tool as Definition, ToolAnnotations};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::budgeted_text::{BudgetedText, LEAST_TOKENS, MOST_TOKENS, USUAL_TOKENS};
use super::client::{self, ApiClient, Path, ToolError};

/// The tools, in the order in which a newcomer needs them.
pub(super) const TOOLS: [Entry; 11] = [
    entry::<diagnose::Diagnose>(),
    entry::<find_traces::FindTraces>(),
    entry::<trace_summary::TraceSummaryOf>(),
    entry::<span_detail::SpanDetail>(),
    entry::<timeline::TimelineOf>(),
    entry::<agent_graph::AgentGraphOf>(),
    entry::<compare::Compare>(),
    entry::<issues::Issues>(),
    entry::<system_state::SystemStateNow>(),
    entry::<metrics::Metrics>(),
    entry::<tail::Tail>(),
];

/// What every tool takes beside its own parameters.
const MAX_TOKENS: &str = "max_tokens";

/// Whom to ask, and how much the answer may take.
#[derive(Clone, Copy)]
pub(super) struct ToolContext<'a> {
    /// Who answers.
    pub(super) api: &'a dyn ApiClient,
    /// Most tokens of the answer.
    pub(super) budget: usize,
}

impl ToolContext<'_> {
    /// Asks and reads the answer.
    pub(super) async fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<T, ToolError> {
        client::read(self.api, path.text()).await
    }

    /// An empty answer.
    pub(super) const fn answer_text(&self) -> BudgetedText {
        BudgetedText::new(self.budget)
    }
}

/// A tool: its parameters, and how they are answered.
pub(super) trait Tool: DeserializeOwned + JsonSchema + Send + 'static {
    /// What it is called.
    const NAME: &'static str;
    /// What people call it.
    const TITLE: &'static str;
    /// When to use it, in short.
    const ABOUT: &'static str;

    /// Answers within the budget.
    fn answer(
        self,
        context: ToolContext<'_>,
    ) -> impl Future<Output = Result<String, ToolError>> + Send;
}

/// A tool as it is looked up.
pub(super) struct Entry {
    /// What it is called.
    pub(super) name: &'static str,
    /// What clients are told of it.
    pub(super) definition: fn() -> Definition,
    /// Answers with these arguments.
    call: for<'a> fn(&'a dyn ApiClient, JsonObject) -> BoxFuture<'a, Result<String, ToolError>>,
}

const fn entry<Q: Tool>() -> Entry {
    Entry {
        name: Q::NAME,
        definition: definition::<Q>,
        call: call::<Q>,
    }
}

/// Calls a tool by its name.
pub(super) async fn run(
    api: &dyn ApiClient,
    name: &str,
    arguments: JsonObject,
) -> Result<String, ToolError> {
    let tool = TOOLS.iter().find(|tool| tool.name == name);
    let tool = tool.ok_or_else(|| {
        let names: Vec<_> = TOOLS.iter().map(|tool| tool.name).collect();
        ToolError::Wrong(format!(
            "there is no tool `{name}`; there are {}",
            names.join(", ")
        ))
    })?;
    (tool.call)(api, arguments).await
}

fn call<Q: Tool>(
    api: &dyn ApiClient,
    arguments: JsonObject,
) -> BoxFuture<'_, Result<String, ToolError>> {
    async move {
        let mut arguments = arguments::typed(arguments, &schema::<Q>())?;
        let budget = budget(&mut arguments);
        let question: Q = serde_json::from_value(arguments)
            .map_err(|error| ToolError::Wrong(format!("{}: {error}", Q::NAME)))?;
        question.answer(ToolContext { api, budget }).await
    }
    .boxed()
}

/// Takes the budget out of the arguments, which are within their bounds.
fn budget(arguments: &mut Value) -> usize {
    let named = arguments
        .as_object_mut()
        .and_then(|map| map.remove(MAX_TOKENS));
    let tokens = named.and_then(|value| value.as_u64());
    tokens
        .and_then(|tokens| usize::try_from(tokens).ok())
        .unwrap_or(USUAL_TOKENS)
}

fn definition<Q: Tool>() -> Definition {
    let about = ToolAnnotations::with_title(Q::TITLE)
        .read_only(true)
        .destructive(false)
        .open_world(false);
    Definition::new(Q::NAME, Q::ABOUT, Arc::new(schema::<Q>())).with_annotations(about)
}

/// The parameters of a tool, with the budget that every tool takes.
fn schema<Q: Tool>() -> JsonObject {
    let generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Q>().to_value();
    let Some(object) = schema.as_object_mut() else {
        return JsonObject::default();
    };
    for noise in ["$schema", "title", "description"] {
        object.remove(noise);
    }
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        let description = "Most tokens of the answer";
        properties.insert(
            MAX_TOKENS.to_owned(),
            json!({
                "type": "integer", "description": description, "default": USUAL_TOKENS,
                "minimum": LEAST_TOKENS, "maximum": MOST_TOKENS,
            }),
        );
    }
    let mut schema = std::mem::take(object);
    schema.values_mut().for_each(plain);
    schema
}

/// Leaves out what clients of JSON Schema stumble over: formats of Rust's numbers, and `null` as a
/// type, since what is optional may be left out.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.retain(|key, value| key != "format" && !(key == "default" && value.is_null()));
            if let Some(Value::Array(types)) = map.get("type") {
                let mut types = types.iter().filter(|kind| *kind != "null");
                if let (Some(only), None) = (types.next().cloned(), types.next()) {
                    map.insert("type".to_owned(), only);
                }
            }
            map.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}
