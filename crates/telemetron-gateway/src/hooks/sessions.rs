//! The sessions of Claude Code that hooks have come from lately. Bounded; gone after a restart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use telemetron_model::Timestamp;
use telemetron_model::record::Record;
use telemetron_otlp::claude_hooks::{self, Hook, Session};

/// Most sessions that are remembered; the one that was quiet for longest is forgotten first.
const MOST: usize = 1_000;

/// The sessions. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<String, Known>>>);

#[derive(Debug, Default)]
struct Known {
    session: Session,
    seen: Timestamp,
}

impl Sessions {
    /// The records of a hook, with what is remembered of its session.
    pub(crate) fn map(&self, hook: &Hook, now: Timestamp) -> Vec<Record> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST && !sessions.contains_key(&hook.session_id) {
            forget_the_quietest(&mut sessions);
        }
        let known = sessions.entry(hook.session_id.clone()).or_default();
        known.seen = now;
        let records = claude_hooks::map(hook, &mut known.session, now);
        if hook.hook_event_name == "SessionEnd" {
            sessions.remove(&hook.session_id);
        }
        records
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

fn forget_the_quietest(sessions: &mut HashMap<String, Known>) {
    let quietest = sessions.iter().min_by_key(|(_, known)| known.seen);
    if let Some(id) = quietest.map(|(id, _)| id.clone()) {
        sessions.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(session: &str, name: &str) -> Hook {
        let body = format!(r#"{{"session_id": "{session}", "hook_event_name": "{name}"}}"#);
        Hook::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn the_session_that_was_quiet_for_longest_is_forgotten_first() {
        let sessions = Sessions::default();
        let known = |id: &str| sessions.0.lock().unwrap().contains_key(id);
        for number in 0..=MOST {
            let now = Timestamp::from_millis(i64::try_from(number).unwrap());
            sessions.map(&hook(&format!("s{number}"), "UserPromptSubmit"), now);
        }
        assert_eq!(sessions.len(), MOST);
        assert!(!known("s0") && known("s1"));
    }

    #[test]
    fn a_session_that_ended_is_forgotten() {
        let sessions = Sessions::default();
        sessions.map(&hook("s", "UserPromptSubmit"), Timestamp::from_millis(1));
        assert_eq!(sessions.len(), 1);
        sessions.map(&hook("s", "SessionEnd"), Timestamp::from_millis(2));
        assert_eq!(sessions.len(), 0);
    }
}
