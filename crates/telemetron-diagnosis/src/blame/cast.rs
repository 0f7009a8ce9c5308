//! Who takes part in a run, and what sort of run that makes it: the same sign weighs differently
//! where one agent works alone and where several do.

use std::collections::BTreeSet;

use telemetron_model::record::SpanKind;

use super::ratio;
use crate::tree::{Place, Tree};

/// Speakers that are people.
const PEOPLE: [&str; 2] = ["human", "user"];

/// Parts of names of who runs what others wrote.
const EXECUTORS: [&str; 6] = [
    "terminal", "executor", "tool", "computer", "system", "proxy",
];

/// Who leads stands on one side of so many changes of speaker, and takes so many of the steps.
const LEADS_CHANGES: f64 = 0.8;
const LEADS_STEPS: f64 = 0.35;

/// What sort of run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One agent at work.
    Alone,
    /// One agent at work that talks with a person.
    Dialogue,
    /// Several agents, to whom one of them hands out the work.
    Led,
    /// Several agents among equals.
    Team,
}

impl Shape {
    /// All sorts, in the order in which weights stand.
    pub const ALL: [Self; 4] = [Self::Alone, Self::Dialogue, Self::Led, Self::Team];
}

/// Whose step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A person's.
    Person,
    /// That of a tool, or of who runs what others wrote.
    Executor,
    /// An agent's, as far as it thinks for itself.
    Worker,
}

/// The steps by who takes them.
pub(super) struct Cast<'a> {
    /// The sort of run.
    pub(super) shape: Shape,
    /// The agent of each step.
    pub(super) agents: Vec<Option<&'a str>>,
    /// Whose step each is.
    pub(super) roles: Vec<Role>,
    /// Who hands out the work.
    pub(super) leader: Option<&'a str>,
    /// The agent that thinks for itself and spoke last.
    pub(super) last: Option<&'a str>,
}

impl<'a> Cast<'a> {
    pub(super) fn of(tree: &Tree<'a>) -> Self {
        let steps = tree.steps();
        let agents: Vec<_> = steps.iter().map(|step| tree.agent(*step)).collect();
        let roles: Vec<_> = steps.iter().map(|step| role(tree, *step)).collect();
        let workers = agents.iter().zip(&roles);
        let workers = workers.filter(|(_, role)| **role == Role::Worker);
        let workers: Vec<&str> = workers.filter_map(|(agent, _)| *agent).collect();
        let turns_of_people = roles.iter().filter(|role| **role == Role::Person).count();
        let team: BTreeSet<&str> = workers.iter().copied().collect();
        let leader = if team.len() > 1 {
            leader(&agents, &workers)
        } else {
            None
        };
        Self {
            shape: match (team.len(), leader) {
                (0 | 1, _) if turns_of_people > 1 => Shape::Dialogue,
                (0 | 1, _) => Shape::Alone,
                (_, Some(_)) => Shape::Led,
                (_, None) => Shape::Team,
            },
            last: workers.last().copied(),
            agents,
            roles,
            leader,
        }
    }

    /// Whether it is a step of this sort.
    pub(super) fn is(&self, step: usize, role: Role) -> bool {
        self.roles.get(step) == Some(&role)
    }

    /// The agent of a step.
    pub(super) fn agent(&self, step: usize) -> Option<&'a str> {
        self.agents.get(step).copied().flatten()
    }

    /// Whether it is a step of who leads.
    pub(super) fn is_leaders(&self, step: usize) -> bool {
        self.leader.is_some() && self.agent(step) == self.leader
    }
}

fn role(tree: &Tree<'_>, place: Place) -> Role {
    let agent = tree.agent(place).unwrap_or_default();
    let is_tool = matches!(tree.span(place).kind, SpanKind::Tool | SpanKind::Retriever);
    if is_person(agent) {
        Role::Person
    } else if is_tool || is_executor(agent) {
        Role::Executor
    } else {
        Role::Worker
    }
}

fn is_person(agent: &str) -> bool {
    PEOPLE
        .iter()
        .any(|person| agent.eq_ignore_ascii_case(person))
}

fn is_executor(agent: &str) -> bool {
    let agent = agent.to_lowercase();
    EXECUTORS.iter().any(|word| agent.contains(word))
}

/// Who begins the work, takes many of the steps, and stands on one side of nearly every change of
/// speaker.
fn leader<'a>(agents: &[Option<&'a str>], workers: &[&'a str]) -> Option<&'a str> {
    let first = *workers.first()?;
    let is_first = |agent: &&Option<&str>| **agent == Some(first);
    let steps = agents.iter().filter(is_first).count();
    let changes = agents.windows(2).filter_map(|pair| match pair {
        [Some(one), Some(next)] if one != next && !is_person(one) && !is_person(next) => {
            Some(*one == first || *next == first)
        }
        _ => None,
    });
    let changes: Vec<bool> = changes.collect();
    let with_first = changes.iter().filter(|with_first| **with_first).count();
    let leads = ratio(with_first, changes.len()) >= LEADS_CHANGES
        && ratio(steps, agents.len()) >= LEADS_STEPS;
    leads.then_some(first)
}
