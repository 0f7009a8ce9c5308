//! The labelled sets: each a folder with an `index.jsonl` that holds the labels.

mod agent_errors;
mod agentrx;
mod mas_sim;
mod who_and_when;

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;
use telemetron_model::record::Status;

use super::runs::{Half, Run, Turn, number_of, trace_of};

/// A conversation without its labels: how the run ended, and its turns.
type Conversation = (Status, Vec<Turn>);

/// A set: its folder, whether labels name agents, and how a file of it is read.
struct Set {
    name: &'static str,
    names_agents: bool,
    read: fn(&Value) -> Conversation,
}

const SETS: [Set; 5] = [
    Set {
        name: "whowhen",
        names_agents: true,
        read: who_and_when::read,
    },
    Set {
        name: "agentrx_magentic",
        names_agents: true,
        read: agentrx::magentic,
    },
    Set {
        name: "agentrx_tau",
        names_agents: true,
        read: agentrx::tau,
    },
    Set {
        name: "mas_sim_otel",
        names_agents: true,
        read: mas_sim::read,
    },
    Set {
        name: "agenterrorbench",
        names_agents: false,
        read: agent_errors::read,
    },
];

/// A line of an index.
#[derive(Deserialize)]
struct Label {
    file: String,
    mistake_agent: Option<String>,
    mistake_step: Option<usize>,
    #[serde(default)]
    step_index_base: usize,
    #[serde(default)]
    question: String,
}

/// All labelled runs below a folder.
pub(super) fn read(dir: &Path) -> anyhow::Result<Vec<Run>> {
    let mut runs = Vec::new();
    for set in &SETS {
        let folder = dir.join(set.name);
        if folder.join("index.jsonl").is_file() {
            runs.extend(set.runs(&folder)?);
        } else {
            println!("{} is not in {}", set.name, dir.display());
        }
    }
    Ok(runs)
}

/// The sets that these runs are from.
pub(super) fn names(runs: &[Run]) -> Vec<&'static str> {
    let mut names: Vec<_> = runs.iter().map(|run| run.set).collect();
    names.dedup();
    names
}

impl Set {
    fn runs(&self, folder: &Path) -> anyhow::Result<Vec<Run>> {
        let index = fs::read_to_string(folder.join("index.jsonl"))?;
        let mut runs = Vec::new();
        for line in index.lines() {
            let label: Label = serde_json::from_str(line).context(self.name)?;
            if let Some(step) = label.mistake_step {
                runs.push(self.run(folder, &label, step)?);
            }
        }
        Ok(runs)
    }

    fn run(&self, folder: &Path, label: &Label, step: usize) -> anyhow::Result<Run> {
        let text = text(&folder.join(&label.file))?;
        let value = serde_json::from_str(&text).with_context(|| label.file.clone())?;
        let (status, turns) = (self.read)(&value);
        let asked = asked(&turns).unwrap_or(&label.question).to_owned();
        Ok(Run {
            set: self.name,
            half: Half::of(&label.question),
            question: number_of(&label.question),
            trace: trace_of(&asked, status, turns),
            agent: label.mistake_agent.clone().filter(|_| self.names_agents),
            step: step.saturating_sub(label.step_index_base),
        })
    }
}

/// What a person said first. What an index calls the question may be what only the simulated
/// person was told.
fn asked(turns: &[Turn]) -> Option<&str> {
    let mut turns = turns.iter();
    let first = turns.find(|turn| ["human", "user"].contains(&turn.agent.as_str()));
    first.map(|turn| turn.text.as_str())
}

fn text(path: &Path) -> anyhow::Result<String> {
    let file = fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut text = String::new();
    if path.extension().is_some_and(|ending| ending == "gz") {
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text)?;
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// A text field; empty when it is not there.
fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The items of a list; none when it is no list.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// `Orchestrator (-> WebSurfer)` is the Orchestrator.
fn speaker(role: &str) -> String {
    let name = role.split_once(" (").map_or(role, |(name, _)| name);
    name.to_owned()
}
