//! The sessions that something has come from lately. Bounded; gone after a restart.

use std::collections::HashMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_model::Timestamp;
use telemetron_model::record::Record;

use super::{Hook, Session, telemetry};
use crate::Prices;

/// Most sessions that are remembered; the one that was quiet for longest is forgotten first.
const MOST: usize = 1_000;

/// The sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    known: HashMap<String, Known>,
    /// Counts what came, since that is the order that matters here.
    clock: u64,
}

#[derive(Debug, Default)]
struct Known {
    session: Session,
    seen: u64,
}

impl Sessions {
    /// The records of a hook, with what is remembered of its session.
    pub fn hook(&mut self, hook: &Hook, now: Timestamp) -> Vec<Record> {
        super::map(hook, self.of(&hook.session_id), now)
    }

    /// Gives the spans of Claude Code the ids that hooks and transcripts give to what they are about;
    /// returns what they tell beside.
    pub fn spans(&mut self, request: &mut ExportTraceServiceRequest) -> Vec<Record> {
        telemetry::spans(self, request)
    }

    /// The same for its log records.
    pub fn logs(&mut self, request: &mut ExportLogsServiceRequest, prices: &Prices) -> Vec<Record> {
        telemetry::logs(self, request, prices)
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What is remembered of a session.
    pub(super) fn of(&mut self, id: &str) -> &mut Session {
        if self.known.len() >= MOST && !self.known.contains_key(id) {
            self.forget_the_quietest();
        }
        self.clock += 1;
        let known = self.known.entry(id.to_owned()).or_default();
        known.seen = self.clock;
        &mut known.session
    }

    fn forget_the_quietest(&mut self) {
        let quietest = self.known.iter().min_by_key(|(_, known)| known.seen);
        if let Some(id) = quietest.map(|(id, _)| id.clone()) {
            self.known.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_that_was_quiet_for_longest_is_forgotten_first() {
        let mut sessions = Sessions::default();
        for number in 0..=MOST {
            let id = format!("s{number}");
            let body =
                format!(r#"{{"session_id": "{id}", "hook_event_name": "UserPromptSubmit"}}"#);
            let hook = Hook::parse(body.as_bytes()).unwrap();
            sessions.hook(&hook, Timestamp::from_millis(1));
        }
        assert_eq!(sessions.len(), MOST);
        assert!(!sessions.known.contains_key("s0") && sessions.known.contains_key("s1"));
    }
}
