//! The steps of a trace, the same ones in a row taken together.

use telemetron_model::record::{SpanKind, Status};
use telemetron_store::read::whole::WholeSpan;

use crate::tree::{Place, Tree, operation};
use crate::words;

/// A step, or several alike in a row.
pub(super) struct Step<'a> {
    /// The agent at work.
    pub(super) agent: Option<&'a str>,
    /// What it is.
    pub(super) kind: SpanKind,
    /// Its spans, earliest first.
    pub(super) spans: Vec<&'a WholeSpan>,
    name: &'a str,
}

impl<'a> Step<'a> {
    /// Its first span, or the first of it that failed.
    pub(super) fn span(&self) -> &'a WholeSpan {
        let failed = self.spans.iter().find(|span| span.status == Status::Failed);
        // A step is made of at least one span.
        failed
            .or_else(|| self.spans.first())
            .copied()
            .unwrap_or_else(|| unreachable!("no empty step"))
    }

    /// Whether two steps are the same work, so that they may stand side by side.
    pub(super) fn is_same_work(&self, other: &Self) -> bool {
        self.kind == other.kind && self.agent == other.agent && self.name == other.name
    }

    /// Whether what went in is the same too.
    pub(super) fn has_same_input(&self, other: &Self) -> bool {
        let hash = |step: &Self| step.spans.first()?.input.as_ref().map(|input| input.hash);
        hash(self) == hash(other)
    }

    /// Its tool, or its name.
    pub(super) fn label(&self) -> String {
        words::short(self.name, 80)
    }
}

/// The steps of a trace.
pub(super) fn of<'a>(tree: &Tree<'a>) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    for place in tree.steps() {
        let step = step(tree, *place);
        match steps.last_mut().filter(|last| last.is_same_work(&step)) {
            Some(last) => last.spans.extend(step.spans),
            None => steps.push(step),
        }
    }
    steps
}

/// A model call goes by its name: another model is a difference, not another step.
fn step<'a>(tree: &Tree<'a>, place: Place) -> Step<'a> {
    let span = tree.span(place);
    let name = match span.kind {
        SpanKind::Llm => "model call",
        _ => operation(span),
    };
    Step {
        agent: span.agent.as_deref(),
        kind: span.kind,
        spans: vec![span],
        name,
    }
}
