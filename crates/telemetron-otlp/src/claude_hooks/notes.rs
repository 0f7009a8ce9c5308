//! Hooks that begin and end nothing: events of their prompt, or of their session.

use telemetron_model::record::{Event, Severity, event_type};
use telemetron_model::{Timestamp, TraceId};

use super::{Hook, ids};
use crate::cut;

/// The event of a hook.
pub(super) fn of(hook: &Hook, trace: TraceId, now: Timestamp) -> Event {
    let name = hook.hook_event_name.as_str();
    let whole = hook
        .whole
        .as_ref()
        .map(telemetron_model::RawJson::get)
        .unwrap_or_default();
    // A hook outside of a prompt says something of the session, which is no trace.
    let trace_id = hook.prompt_id.as_ref().map(|_| trace);
    Event {
        event_id: Some(ids::text(&[&hook.session_id, name, whole])),
        trace_id,
        span_id: trace_id.map(|trace| ids::agent(trace, hook.agent_id.as_deref())),
        agent_id: hook
            .agent_id
            .clone()
            .or_else(|| trace_id.is_none().then(|| hook.session_id.clone())),
        agent_name: Some(hook.agent_name().to_owned()),
        event_type: kind(name).to_owned(),
        event_name: format!("claude_code.{name}"),
        severity: severity(name),
        message: hook.message.clone().or_else(|| hook.reason.clone()),
        data: hook.whole.clone().map(cut::cut_payload),
        timestamp: now,
        correlation_id: Some(hook.session_id.clone()),
        cause: None,
    }
}

fn kind(name: &str) -> &'static str {
    match name {
        "SessionStart" => event_type::AGENT_START,
        "SessionEnd" => event_type::AGENT_END,
        "PermissionDenied" => event_type::ERROR,
        "PermissionRequest" | "PreCompact" | "PostCompact" | "TeammateIdle" | "TaskCreated"
        | "TaskCompleted" | "CwdChanged" | "ConfigChange" => event_type::STATE_CHANGE,
        _ => event_type::CUSTOM,
    }
}

fn severity(name: &str) -> Severity {
    match name {
        "PermissionDenied" => Severity::Warning,
        "MessageDisplay" | "InstructionsLoaded" | "FileChanged" => Severity::Debug,
        _ => Severity::Info,
    }
}
