//! What a rule finds.

use telemetron_model::Timestamp;
use telemetron_model::record::Severity;
use telemetron_view::oracle::{
    Evidence, EvidenceKind, Issue, IssueKind, NextCall, SourceName, SubjectKind,
};
use telemetron_view::{Next, TracesLike};

/// Most ids of the evidence.
const MOST: usize = 12;

/// Something that a rule found wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    kind: IssueKind,
    severity: Severity,
    subject_kind: SubjectKind,
    subject: String,
    key: String,
    summary: String,
    since: Option<Timestamp>,
    evidence: Vec<Evidence>,
    next: NextCall,
    sources: Vec<SourceName>,
}

impl Finding {
    /// A finding about a subject.
    pub(crate) fn new(
        kind: IssueKind,
        severity: Severity,
        subject_kind: SubjectKind,
        subject: impl Into<String>,
    ) -> Self {
        let subject = subject.into();
        Self {
            kind,
            severity,
            subject_kind,
            key: subject.clone(),
            subject,
            summary: String::new(),
            since: None,
            evidence: Vec::new(),
            next: NextCall::new(Next::State { at: None }, "shows the rest of the system"),
            sources: vec![kind.source()],
        }
    }

    /// What tells findings of this kind apart, where the subject does not.
    pub(crate) fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// What is wrong, in one sentence.
    pub(crate) fn says(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// When it began.
    pub(crate) const fn since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// What to follow.
    pub(crate) fn shows(mut self, kind: EvidenceKind, id: impl ToString) -> Self {
        let evidence = Evidence {
            kind,
            id: id.to_string(),
        };
        if self.evidence.len() < MOST && !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
        self
    }

    /// What to follow, if it is known.
    pub(crate) fn may_show(self, kind: EvidenceKind, id: Option<impl ToString>) -> Self {
        match id {
            Some(id) => self.shows(kind, id),
            None => self,
        }
    }

    /// The question whose answer tells more.
    pub(crate) fn next(mut self, asks: Next, why: &str) -> Self {
        self.next = NextCall::new(asks, why);
        self
    }

    /// Another source without which nobody knows whether it still stands.
    pub(crate) fn needs(mut self, source: SourceName) -> Self {
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
        self
    }

    /// The same as long as the same thing is wrong.
    pub(crate) fn id(&self) -> String {
        format!("{}:{}", self.kind, self.key)
    }

    /// The issue that this finding is.
    pub(crate) fn into_issue(self, first_seen: Timestamp, now: Timestamp) -> Issue {
        Issue {
            id: self.id(),
            kind: self.kind,
            severity: self.severity,
            subject_kind: self.subject_kind,
            subject: self.subject,
            summary: self.summary,
            since: self.since.unwrap_or(first_seen).into(),
            first_seen: first_seen.into(),
            last_seen: now.into(),
            evidence: self.evidence,
            next: self.next,
            sources: self.sources,
            unchecked: None,
        }
    }
}

/// The latest traces that are like this.
pub(crate) fn latest(like: TracesLike) -> Next {
    Next::Traces {
        like: TracesLike {
            limit: Some(5),
            ..like
        },
    }
}

/// The latest traces in which an agent was at work.
pub(crate) fn latest_of(agent: &str) -> Next {
    latest(TracesLike {
        agent: Some(agent.to_owned()),
        ..TracesLike::default()
    })
}
