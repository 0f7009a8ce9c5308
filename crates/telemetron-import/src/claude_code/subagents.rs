//! The lines of sub-agents, by the agent: by the id it bears, or, in older transcripts, by the line
//! with which its side chain begins.

use std::collections::{BTreeMap, HashMap};

use super::line::Line;

/// Sub-agents that nobody has claimed yet.
#[derive(Debug, Default)]
pub(super) struct Subagents(BTreeMap<String, Vec<Line>>);

impl Subagents {
    /// Sorts lines by the agent that wrote them.
    pub(super) fn of(lines: Vec<Line>) -> Self {
        let mut roots: HashMap<String, String> = HashMap::new();
        let mut agents: BTreeMap<String, Vec<Line>> = BTreeMap::new();
        for line in lines {
            let above = line
                .parent_uuid
                .as_ref()
                .and_then(|parent| roots.get(parent));
            let root = above.unwrap_or(&line.uuid).clone();
            roots.insert(line.uuid.clone(), root.clone());
            let agent = line.agent_id.clone().unwrap_or(root);
            agents.entry(agent).or_default().push(line);
        }
        Self(agents)
    }

    /// The sub-agent that a call spawned: the one that its result names, else the one that was given
    /// just this prompt.
    pub(super) fn take(
        &mut self,
        named: Option<&str>,
        prompt: Option<&str>,
    ) -> Option<(String, Vec<Line>)> {
        let by_prompt = || {
            let prompt = prompt?;
            let begins =
                |lines: &Vec<Line>| lines.first().is_some_and(|line| line.text() == prompt);
            let found = self.0.iter().find(|(_, lines)| begins(lines));
            found.map(|(id, _)| id.clone())
        };
        let known = named
            .filter(|id| self.0.contains_key(*id))
            .map(str::to_owned);
        self.0.remove_entry(&known.or_else(by_prompt)?)
    }

    /// Those that nobody claimed.
    pub(super) fn orphans(self) -> BTreeMap<String, Vec<Line>> {
        self.0
    }
}
