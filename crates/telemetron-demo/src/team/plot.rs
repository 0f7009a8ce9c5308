//! What goes wrong in a request.

use std::fmt;

use telemetron_view::oracle::IssueKind;

/// What goes wrong in a request, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plot {
    /// Nothing.
    Smooth,
    /// The web search fails at first and is tried again.
    FlakySearch,
    /// The reviewer sends the work back to the coder once.
    Rework,
    /// The tests cannot be run, however often: the request fails.
    BrokenTool,
    /// A researcher never comes back.
    Stuck,
}

impl Plot {
    /// The requests of the first round. The first one is complete within seconds.
    pub(crate) const fn first_round(faults: bool) -> &'static [Self] {
        if faults {
            &[
                Self::Smooth,
                Self::FlakySearch,
                Self::Rework,
                Self::BrokenTool,
                Self::Stuck,
            ]
        } else {
            &[Self::Smooth, Self::Rework, Self::Smooth]
        }
    }

    /// What the Oracle will say is wrong; nothing of what ends well.
    pub const fn opens(self) -> &'static [IssueKind] {
        match self {
            Self::Smooth | Self::FlakySearch | Self::Rework => &[],
            Self::BrokenTool => &[IssueKind::FailedTask, IssueKind::RetriesExhausted],
            Self::Stuck => &[IssueKind::StuckSpan],
        }
    }

    /// The plot of a later request: mostly smooth, and only the first round has a stuck one.
    pub(crate) const fn of_trickle(number: u64, faults: bool) -> Self {
        match (number % 8, faults) {
            (2, true) => Self::FlakySearch,
            (5, true) => Self::BrokenTool,
            (4 | 7, _) => Self::Rework,
            _ => Self::Smooth,
        }
    }
}

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Smooth => "all goes well",
            Self::FlakySearch => "a search fails and is tried again",
            Self::Rework => "the review sends the code back once",
            Self::BrokenTool => "a tool stays broken, the request fails",
            Self::Stuck => "an agent is stuck and never ends",
        })
    }
}
