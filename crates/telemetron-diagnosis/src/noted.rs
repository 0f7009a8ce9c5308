//! A finding on its way into the answer: how much it matters, and what it may be the cause of.

use telemetron_model::SpanId;
use telemetron_view::{Confidence, Finding, FindingKind, Next};

use super::tree::Place;

/// A finding and its weight.
#[derive(Debug)]
pub(crate) struct Noted {
    /// What is told.
    pub(crate) finding: Finding,
    /// How much it matters, from 0 to 1: the order of findings, and what a budget keeps.
    pub(crate) weight: f64,
    /// What it may be the cause of.
    pub(crate) suspect: Option<Suspect>,
}

/// A cause that a finding suggests.
#[derive(Debug)]
pub(crate) struct Suspect {
    /// How likely, from 0 to 1: the order of causes.
    pub(crate) score: f64,
    /// How sure, as a word.
    pub(crate) confidence: Confidence,
    /// The span to look at.
    pub(crate) place: Option<Place>,
}

impl Noted {
    /// A finding that suggests no cause.
    pub(crate) fn new(
        kind: FindingKind,
        weight: f64,
        sentence: String,
        evidence: Vec<SpanId>,
        asks: Next,
    ) -> Self {
        Self {
            finding: Finding {
                kind,
                mode: None,
                sentence,
                evidence,
                next: asks.request(),
                asks: Some(asks),
            },
            weight,
            suspect: None,
        }
    }

    /// The same, as a mode of failure with a stable id.
    pub(crate) fn mode(mut self, mode: &str) -> Self {
        self.finding.mode = Some(mode.to_owned());
        self
    }

    /// The same, as a possible cause.
    pub(crate) fn suspect(
        mut self,
        score: f64,
        confidence: Confidence,
        place: Option<Place>,
    ) -> Self {
        self.suspect = Some(Suspect {
            score,
            confidence,
            place,
        });
        self
    }
}
