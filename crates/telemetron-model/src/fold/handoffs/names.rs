//! Names of agents, as tools spell them: `transfer_to_research_agent` means `Research Agent`.

use std::collections::BTreeMap;

use crate::fold::Names;

/// What is the same of two spellings: lowercase letters and digits.
pub(super) fn alike(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if plain.is_empty() {
        return name.to_owned();
    }
    plain
}

/// The agents of a trace, by what is the same of all spellings.
pub(super) struct Roll<'n>(BTreeMap<String, Vec<&'n str>>);

impl<'n> Roll<'n> {
    pub(super) fn of(agents: &'n Names) -> Self {
        let mut roll: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in agents.iter() {
            roll.entry(alike(name)).or_default().push(name);
        }
        Self(roll)
    }

    /// The name as the agent itself spells it; as it is, when there is no such agent.
    pub(super) fn spelled<'t>(&'t self, name: &'t str) -> &'t str {
        match self.0.get(&alike(name)).map(Vec::as_slice) {
            Some(known) if known.contains(&name) => name,
            Some([first, ..]) => first,
            _ => name,
        }
    }

    /// The name as the agent itself spells it; none when there is no such agent.
    pub(super) fn known<'t>(&'t self, name: &'t str) -> Option<&'t str> {
        self.0
            .contains_key(&alike(name))
            .then(|| self.spelled(name))
    }
}
