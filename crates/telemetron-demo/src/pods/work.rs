//! What the agents of the team do with a task. Models are simulated; what goes wrong is real.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use telemetron_model::RawJson;
use telemetron_model::record::Task;
use telemetron_sdk::{Failure, Scope};

use super::Role;
use crate::team::dice::Dice;
use crate::team::steps::{LARGE, Model, SMALL, back_off, give_up, think, use_tool};

/// How often a tool is tried.
const ATTEMPTS: u64 = 2;

/// What a task wants beyond its words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Wishes {
    /// The task of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<String>,
    /// A tool fails for good.
    pub(super) broken_tool: bool,
    /// Whoever works on it takes memory until it is killed.
    pub(super) eat_memory: bool,
}

/// What came of a task.
pub(super) struct Outcome {
    pub(super) found: String,
    pub(super) wishes: Wishes,
}

/// Why nothing came of it.
#[derive(Debug)]
pub(super) struct Problem {
    kind: &'static str,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(problem.kind, problem.message)
    }
}

impl Wishes {
    /// The wishes of a task; none in what was not written by the team.
    pub(super) fn of(task: &Task) -> Self {
        let args = task.args.as_ref();
        args.and_then(|args| args.parse().ok()).unwrap_or_default()
    }

    /// As the arguments of a task.
    pub(super) fn args(&self) -> Option<RawJson> {
        RawJson::of(self)
    }
}

/// The model that a role thinks with.
pub(super) const fn model(role: Role) -> Model {
    match role {
        Role::Planner | Role::Writer => LARGE,
        Role::Researcher => SMALL,
    }
}

/// Works on a task.
pub(super) async fn on(role: Role, task: &Task, me: &Scope) -> Result<Outcome, Problem> {
    let wishes = Wishes::of(task);
    let prompt = task.prompt.as_deref().unwrap_or_default();
    let seed = xxhash_rust::xxh3::xxh3_64(task.task_id.as_bytes());
    let mut dice = Dice::new(seed);
    if wishes.eat_memory {
        super::kill::eat_memory(me).await;
    }
    let found = match role {
        Role::Planner => format!("Find out what is known of: {prompt}"),
        Role::Researcher => {
            search(me, &mut dice, prompt, wishes.broken_tool).await?;
            format!("Two sources agree on: {prompt}")
        }
        Role::Writer => format!("In short: {prompt}"),
    };
    think(me, model(role), &mut dice, prompt, &found).await;
    let request = Some(request_of(task));
    let wishes = Wishes { request, ..wishes };
    Ok(Outcome { found, wishes })
}

/// The task of the request that a task is part of.
pub(super) fn request_of(task: &Task) -> String {
    Wishes::of(task)
        .request
        .unwrap_or_else(|| task.task_id.clone())
}

/// Searches, and tries again when it fails.
async fn search(me: &Scope, dice: &mut Dice, query: &str, broken: bool) -> Result<(), Problem> {
    let problem = || Problem {
        kind: "SearchUnavailable",
        message: "the search engine answers 503 Service Unavailable".to_owned(),
    };
    for attempt in 1..=ATTEMPTS {
        let outcome: Result<Value, Failure> = match broken {
            true => Err(problem().into()),
            false => Ok(json!([
                "https://docs.example/guide",
                "https://blog.example/lessons"
            ])),
        };
        let query = json!({"query": query});
        if use_tool(me, "web_search", dice, query, outcome)
            .await
            .is_ok()
        {
            return Ok(());
        }
        if attempt < ATTEMPTS {
            back_off(me, "web_search", attempt).await;
        }
    }
    give_up(me, "web_search", ATTEMPTS);
    Err(problem())
}
