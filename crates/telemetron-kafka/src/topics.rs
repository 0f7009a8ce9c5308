//! Names of the topics on the broker: the model's names, behind an optional prefix.

use std::sync::Arc;

use telemetron_model::topic::{DEAD_LETTERS, Topic};

/// The broker's names of our topics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TopicNames(Arc<Names>);

#[derive(Debug)]
struct Names {
    prefix: String,
    records: [(Topic, String); 6],
    dead_letters: String,
}

impl TopicNames {
    /// The names behind `prefix`, which may be empty.
    pub fn new(prefix: &str) -> Self {
        Self(Arc::new(Names {
            prefix: prefix.to_owned(),
            records: Topic::ALL.map(|topic| (topic, format!("{prefix}{topic}"))),
            dead_letters: format!("{prefix}{DEAD_LETTERS}"),
        }))
    }

    /// What stands before every name.
    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// The broker's name of a record topic.
    pub fn of(&self, topic: Topic) -> &str {
        let found = self.0.records.iter().find(|(known, _)| *known == topic);
        found.map_or_else(|| topic.name(), |(_, name)| name)
    }

    /// The broker's name of the dead letter topic.
    pub fn dead_letters(&self) -> &str {
        &self.0.dead_letters
    }

    /// The record topic with this name on the broker.
    pub fn find(&self, name: &str) -> Option<Topic> {
        let found = self.0.records.iter().find(|(_, known)| known == name);
        found.map(|(topic, _)| *topic)
    }

    /// The names of all record topics.
    pub fn records(&self) -> impl Iterator<Item = (Topic, &str)> {
        self.0
            .records
            .iter()
            .map(|(topic, name)| (*topic, name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_stands_before_every_name_and_is_needed_to_find_it() {
        let names = TopicNames::new("team-a.");
        assert_eq!(names.of(Topic::Spans), "team-a.agent-telemetry-spans");
        assert_eq!(names.dead_letters(), "team-a.agent-telemetry-dlq");
        assert_eq!(
            names.find("team-a.agent-telemetry-errors"),
            Some(Topic::Errors)
        );
        assert_eq!(names.find("agent-telemetry-errors"), None);
        assert_eq!(names.find("team-a.agent-telemetry-dlq"), None);
    }
}
