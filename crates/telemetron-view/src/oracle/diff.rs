//! What differs between two states, structurally.
//!
//! Lists are compared by who their items are, never by place. Clocks never count; gauges count in
//! a diff and not in the shape, so that a snapshot is taken when something happened.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::SystemState;
use telemetron_model::text_enum;

/// Fields that move by themselves.
const CLOCKS: &[&str] = &[
    "updated_at",
    "generated_at",
    "waiting_since_mins",
    "sources",
    "heartbeat_at",
    "last_active_at",
];

/// Fields that move all the time.
const GAUGES: &[&str] = &[
    "cpu",
    "memory",
    "network_in",
    "network_out",
    "tpm",
    "rpm",
    "credits",
    "error_rate",
    "p95_ms",
    "spend_usd",
    "loaded_bytes",
    "lag",
];

/// What names the items of a list, in the order in which it is looked for.
const NAMES: &[&str] = &["pod_id", "id", "name", "deployment_name", "model"];

text_enum! {
    /// What happened to a value.
    pub enum ChangeKind {
        /// It is new.
        Added = 1 => "added",
        /// It is gone.
        Removed = 2 => "removed",
        /// It is another.
        Changed = 3 => "changed",
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Where: `agents/coder/activity/active_task_ids/t-1/status`.
    pub path: String,
    /// What happened.
    pub change: ChangeKind,
    /// What was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Object(_) | Value::Array(_))) => head(&value.to_string()),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        match self.change {
            ChangeKind::Added => write!(f, "+ {} {}", self.path, text(&self.after)),
            ChangeKind::Removed => write!(f, "- {} {}", self.path, text(&self.before)),
            ChangeKind::Changed => write!(
                f,
                "~ {} {} -> {}",
                self.path,
                text(&self.before),
                text(&self.after)
            ),
        }
    }
}

fn head(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// What differs between two states; clocks do not count.
pub fn diff(before: &SystemState, after: &SystemState) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(String::new(), &value(before), &value(after), &mut changes);
    changes
}

/// The shape of a state: the same as long as nothing but clocks and gauges moves.
pub fn shape(state: &SystemState) -> u64 {
    let mut value = value(state);
    strip(&mut value);
    xxh3_64(value.to_string().as_bytes())
}

/// A state without its own id, which follows from the rest.
fn value(state: &SystemState) -> Value {
    // The types hold nothing that JSON cannot: maps with text keys, finite numbers or null.
    let mut value = serde_json::to_value(state).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("id");
    }
    value
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !moves(CLOCKS, name) && !moves(GAUGES, name));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

fn moves(fields: &[&str], name: &str) -> bool {
    fields.contains(&name)
}

fn compare(path: String, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let before = before.iter().map(|(name, value)| (name.clone(), value));
            let after = after.iter().map(|(name, value)| (name.clone(), value));
            members(&path, before.collect(), after.collect(), changes);
        }
        (Value::Array(before), Value::Array(after)) if named(before) && named(after) => {
            members(&path, by_name(before), by_name(after), changes);
        }
        (before, after) if before != after => changes.push(Change {
            path,
            change: ChangeKind::Changed,
            before: Some(before.clone()),
            after: Some(after.clone()),
        }),
        _ => {}
    }
}

type Members<'a> = BTreeMap<String, &'a Value>;

fn members(path: &str, before: Members<'_>, after: Members<'_>, changes: &mut Vec<Change>) {
    let at = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}/{name}"),
    };
    for (name, old) in &before {
        match after.get(name) {
            _ if moves(CLOCKS, name) => {}
            Some(new) => compare(at(name), old, new, changes),
            None => changes.push(Change {
                path: at(name),
                change: ChangeKind::Removed,
                before: Some((*old).clone()),
                after: None,
            }),
        }
    }
    for (name, new) in after {
        if !before.contains_key(&name) && !moves(CLOCKS, &name) {
            changes.push(Change {
                path: at(&name),
                change: ChangeKind::Added,
                before: None,
                after: Some(new.clone()),
            });
        }
    }
}

/// Whether the items of a list have names.
fn named(items: &[Value]) -> bool {
    items.iter().all(|item| name_of(item).is_some())
}

fn by_name(items: &[Value]) -> Members<'_> {
    let names: Vec<_> = items.iter().filter_map(name_of).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &names {
        *counts.entry(name).or_default() += 1;
    }
    let full = |(name, item): (&String, &_)| match counts.get(name.as_str()) {
        Some(2..) => in_namespace(name, item),
        _ => name.clone(),
    };
    let full: Vec<_> = names.iter().zip(items).map(full).collect();
    full.into_iter().zip(items).collect()
}

/// A name that several namespaces have.
fn in_namespace(name: &str, item: &Value) -> String {
    let namespace = item.pointer("/detail/namespace").and_then(Value::as_str);
    format!("{name}@{}", namespace.unwrap_or_default())
}

fn name_of(item: &Value) -> Option<String> {
    let field = |name: &&str| item.get(*name).and_then(Value::as_str);
    let name = NAMES.iter().find_map(field)?;
    match item.get("provider").and_then(Value::as_str) {
        Some(provider) => Some(format!("{name}@{provider}")),
        None => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{ModelState, PodPhase};

    fn state(text: &str) -> SystemState {
        serde_json::from_str(text).unwrap()
    }

    fn model(tpm: f64) -> ModelState {
        ModelState {
            model: "small".into(),
            provider: "here".into(),
            tpm: Some(tpm),
            rpm: None,
            tpm_max: 100.0,
            rpm_max: 0.0,
            credits: None,
            payment_type: None,
            input_context: None,
            output_context: None,
            output_dim: None,
            input_types: None,
            output_types: None,
            detail: None,
        }
    }

    fn pods(phase: &str, at: &str) -> SystemState {
        state(&format!(
            r#"{{"id":"{at}","agents":[],"queues":[],"litellm":[],"workload":[{{
                "deployment_name":"coder","max_pods":2,"pods":[
                    {{"pod_id":"coder-1","cpu":1.0,"memory":2.0,"status":"{phase}","updated_at":"{at}"}}],
                "live":{{"active_pods":1,"updated_at":"{at}"}}}}]}}"#
        ))
    }

    #[test]
    fn clocks_are_no_change_and_a_phase_is() {
        let before = pods("Running", "2026-01-01T00:00:00Z");
        let later = pods("Running", "2026-01-01T00:01:00Z");
        assert_eq!(diff(&before, &later), []);
        assert_eq!(shape(&before), shape(&later));
        let broken = pods("Failed", "2026-01-01T00:01:00Z");
        let changes = diff(&before, &broken);
        assert_eq!(
            changes[0].to_string(),
            "~ workload/coder/pods/coder-1/status Running -> Failed"
        );
        assert_ne!(shape(&before), shape(&broken));
        assert_eq!(broken.workload[0].pods[0].status, PodPhase::Failed);
    }

    #[test]
    fn gauges_show_in_a_diff_and_not_in_the_shape() {
        let mut before = pods("Running", "2026-01-01T00:00:00Z");
        let mut after = before.clone();
        before.litellm.push(model(1.0));
        after.litellm.push(model(2.0));
        let lines: Vec<_> = diff(&before, &after)
            .iter()
            .map(Change::to_string)
            .collect();
        assert_eq!(lines, ["~ litellm/small@here/tpm 1.0 -> 2.0"]);
        assert_eq!(shape(&before), shape(&after));
    }

    #[test]
    fn deployments_of_one_name_are_told_apart_by_their_namespaces() {
        let text = |image: &str| {
            let one = |namespace: &str, image: &str| {
                format!(
                    r#"{{"deployment_name":"coder","max_pods":1,"pods":[],
                         "live":{{"active_pods":1,"updated_at":"2026-01-01T00:00:00Z","image":"{image}"}},
                         "detail":{{"kind":"Deployment","namespace":"{namespace}",
                                    "wanted_pods":1,"updated_pods":1}}}}"#
                )
            };
            let both = [one("green", image), one("red", "coder:1")].join(",");
            let rest = r#""id":"","agents":[],"queues":[],"litellm":[]"#;
            format!(r#"{{{rest},"workload":[{both}]}}"#)
        };
        let lines: Vec<_> = diff(&state(&text("coder:1")), &state(&text("coder:2")))
            .iter()
            .map(Change::to_string)
            .collect();
        let expected = r#"~ workload/coder@green/live/image coder:1 -> coder:2"#;
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn items_are_told_apart_by_name_and_not_by_place() {
        let mut before = pods("Running", "2026-01-01T00:00:00Z");
        let mut second = before.workload[0].clone();
        second.deployment_name = "planner".into();
        let after = before.clone();
        before.workload.insert(0, second);
        let lines: Vec<_> = diff(&before, &after)
            .iter()
            .map(Change::to_string)
            .collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("- workload/planner {"), "{lines:?}");
    }
}
