//! Ends of what is never told to end.
//!
//! No hook tells that a person interrupted the work: the next one is another prompt. A tool that was
//! denied has no end either, nor what was at work when its session was closed. All of these end here,
//! as given up. They do not fail: a late hook that tells how it really ended has the last word, which
//! a failure would keep for itself.

use std::collections::VecDeque;

use telemetron_model::record::{Span, SpanKind, Status};
use telemetron_model::{Timestamp, TraceId};

use super::session::Session;

/// Why something was given up.
pub(super) const INTERRUPTED: &str = "interrupted";
/// A tool that its agent went on without.
pub(super) const NO_RESULT: &str = "no_result";
/// What was at work when the session ended.
pub(super) const SESSION_ENDED: &str = "session_ended";

impl Session {
    /// Gives up the prompts that are still worked on, with all that they wait for.
    pub(super) fn interrupted(&mut self, now: Timestamp) -> Vec<Span> {
        let mut given_up = Vec::new();
        let mut traces = Vec::new();
        for prompt in self.prompts.iter_mut().filter(|prompt| prompt.is_open) {
            if prompt.id.is_some() {
                prompt.is_open = false;
                traces.push(prompt.trace);
            }
        }
        for trace in traces {
            given_up.extend(self.give_up(trace, None, INTERRUPTED, now));
        }
        given_up
    }

    /// Gives up what an agent waits for: its tools, the sub-agents of these, and theirs; and the main
    /// agent itself when it was interrupted.
    pub(super) fn give_up(
        &mut self,
        trace: TraceId,
        agent_id: Option<&str>,
        why: &'static str,
        now: Timestamp,
    ) -> Vec<Span> {
        let agent_id = agent_id.map(str::to_owned);
        let interrupted = why != NO_RESULT;
        let is_own = |open: &Span| match open.span_kind {
            SpanKind::Tool => open.trace_id == trace && open.agent_id == agent_id,
            _ => interrupted && open.trace_id == trace && agent_id.is_none() && is_main(open),
        };
        let mut given_up = self.take(is_own);
        let calls: Vec<_> = given_up
            .iter()
            .filter_map(|span| span.tool_call_id.clone())
            .collect();
        let is_below = |id: &String| {
            let agent = self.agents.get(id);
            let from = agent.filter(|agent| !agent.is_background);
            from.and_then(|agent| agent.call.as_ref())
                .is_some_and(|call| calls.contains(call))
        };
        let below: Vec<_> = self.agents.iter().map(|(id, _)| id.clone()).collect();
        let below: Vec<_> = below.into_iter().filter(is_below).collect();
        given_up.iter_mut().for_each(|span| end(span, why, now));
        for id in below {
            let is_it = |open: &Span| open.span_kind == SpanKind::Agent && works_as(open, &id);
            let mut agent = self.take(is_it);
            agent.iter_mut().for_each(|span| end(span, why, now));
            given_up.extend(agent);
            given_up.extend(self.give_up(trace, Some(&id), why, now));
        }
        given_up
    }

    /// The end of a sub-agent that a later prompt announces, where no hook has told it.
    pub(super) fn announced_end(&mut self, agent_id: &str, now: Timestamp) -> Option<Span> {
        let is_it = |open: &Span| open.span_kind == SpanKind::Agent && works_as(open, agent_id);
        let mut span = self.take(is_it).pop()?;
        span.status = Status::Completed;
        span.end_time = Some(now.max(span.start_time));
        Some(span)
    }

    /// Gives up everything but main agents, who end for themselves.
    pub(super) fn give_up_all(&mut self, now: Timestamp) -> Vec<Span> {
        let mut given_up = self.take(|open| !is_main(open));
        given_up
            .iter_mut()
            .for_each(|span| end(span, SESSION_ENDED, now));
        self.open.clear();
        given_up
    }

    fn take(&mut self, is_it: impl Fn(&Span) -> bool) -> Vec<Span> {
        let open = std::mem::take(&mut self.open);
        let (taken, left): (VecDeque<_>, _) = open.into_iter().partition(|open| is_it(open));
        self.open = left;
        taken.into_iter().map(|span| *span).collect()
    }
}

fn is_main(open: &Span) -> bool {
    open.span_kind == SpanKind::Agent && open.agent_id.is_none()
}

fn works_as(open: &Span, agent_id: &str) -> bool {
    open.agent_id.as_deref() == Some(agent_id)
}

fn end(span: &mut Span, why: &str, now: Timestamp) {
    span.status = Status::Completed;
    span.end_time = Some(now.max(span.start_time));
    span.finish_reason = Some(why.to_owned());
}
