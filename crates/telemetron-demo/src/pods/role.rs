//! The roles of the team: who takes what, and who comes next.

use clap::ValueEnum;

/// What an agent of the team does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Role {
    /// Plans what is to be found out
    Planner,
    /// Finds it out
    Researcher,
    /// Writes the answer
    Writer,
}

impl Role {
    /// Every role, in the order in which they work.
    pub const ALL: [Self; 3] = [Self::Planner, Self::Researcher, Self::Writer];

    /// The agent's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planner => "planner",
            Self::Researcher => "researcher",
            Self::Writer => "writer",
        }
    }

    /// What it is for.
    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::Planner => "plans what is to be found out",
            Self::Researcher => "finds it out, with tools",
            Self::Writer => "writes the answer",
        }
    }

    /// Its queue: a topic that the Oracle finds by its name.
    pub(super) fn queue(self) -> String {
        format!("agent-queue-{}", self.name())
    }

    /// Who goes on with its work; nobody after the last.
    pub(super) const fn next(self) -> Option<Self> {
        match self {
            Self::Planner => Some(Self::Researcher),
            Self::Researcher => Some(Self::Writer),
            Self::Writer => None,
        }
    }
}
