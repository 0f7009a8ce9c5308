//! Which agent is meant: by id, or by a name when nobody says the id.

use std::collections::{HashMap, HashSet};

use super::{HandoffRow, SpanRow};

/// The agents of a trace, each under a number: its place among the nodes.
///
/// A name without an id means the agent whose only id goes with that name, if there is just one.
#[derive(Debug, Default)]
pub(super) struct Agents {
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    /// Names that several have.
    shared: HashSet<String>,
    /// Id and name of each agent, in the order of first mention.
    pub(super) known: Vec<(String, String)>,
}

impl Agents {
    /// All agents that spans and handoffs mention.
    pub(super) fn of(spans: &[SpanRow], handoffs: &[HandoffRow]) -> Self {
        let ids = unique_ids(spans, handoffs);
        let mut agents = Self::default();
        for (id, name) in mentions(spans, handoffs) {
            let id = id.or_else(|| ids.get(name?).copied().flatten());
            agents.mention(id, name);
        }
        agents
    }

    fn mention(&mut self, id: Option<&str>, name: Option<&str>) {
        let known = match (id, name) {
            (Some(id), _) => self.by_id.get(id),
            (None, Some(name)) => self.by_name.get(name),
            (None, None) => return,
        };
        let place = known.copied().unwrap_or(self.known.len());
        if place == self.known.len() {
            let (id, name) = (id.or(name), name.or(id));
            self.known.push((
                id.unwrap_or_default().into(),
                name.unwrap_or_default().into(),
            ));
        }
        if let Some(id) = id {
            self.by_id.insert(id.to_owned(), place);
        }
        if let Some(name) = name {
            let first = self.by_name.entry(name.to_owned()).or_insert(place);
            if *first != place {
                self.shared.insert(name.to_owned());
            }
        }
    }

    /// The number of an agent; none when neither id nor name is given.
    pub(super) fn find(&self, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let by_id = id.and_then(|id| self.by_id.get(id));
        let found = by_id.or_else(|| name.and_then(|name| self.by_name.get(name)));
        found.copied()
    }

    /// Whether several have this name.
    pub(super) fn is_ambiguous(&self, name: &str) -> bool {
        self.shared.contains(name)
    }
}

/// The id that goes with each name; none where several do.
fn unique_ids<'a>(
    spans: &'a [SpanRow],
    handoffs: &'a [HandoffRow],
) -> HashMap<&'a str, Option<&'a str>> {
    let mut ids: HashMap<&str, Option<&str>> = HashMap::new();
    for (id, name) in mentions(spans, handoffs) {
        if let (Some(id), Some(name)) = (id, name) {
            let first = ids.entry(name).or_insert(Some(id));
            if *first != Some(id) {
                *first = None;
            }
        }
    }
    ids
}

fn mentions<'a>(
    spans: &'a [SpanRow],
    handoffs: &'a [HandoffRow],
) -> impl Iterator<Item = (Option<&'a str>, Option<&'a str>)> {
    let spans = spans
        .iter()
        .map(|span| (span.agent_id.as_deref(), span.agent_name.as_deref()));
    let handoffs = handoffs.iter().flat_map(|handoff| {
        [
            (
                handoff.source_id.as_deref(),
                Some(handoff.source_name.as_str()),
            ),
            (
                handoff.target_id.as_deref(),
                Some(handoff.target_name.as_str()),
            ),
        ]
    });
    spans.chain(handoffs)
}
