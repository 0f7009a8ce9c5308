//! The terminal: drawn when something is new, left with a key.

use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::{DefaultTerminal, Frame};
use tokio::sync::watch;

use super::{Look, panes};

/// How long a key or a new look may wait to be seen.
const PULSE: Duration = Duration::from_millis(100);

/// Shows looks until a key leaves the screen. The terminal is as it was afterwards, even when this
/// fails.
pub(super) fn show(seen: &watch::Receiver<Look>) -> io::Result<()> {
    let mut seen = seen.clone();
    seen.mark_changed();
    ratatui::run(|terminal| until_left(terminal, &mut seen))
}

fn until_left(terminal: &mut DefaultTerminal, seen: &mut watch::Receiver<Look>) -> io::Result<()> {
    loop {
        if seen.has_changed().unwrap_or(true) {
            let look = seen.borrow_and_update().clone();
            terminal.draw(|frame| draw(frame, &look))?;
        }
        if event::poll(PULSE)? {
            match event::read()? {
                Event::Key(key) if leaves(key) => return Ok(()),
                // A new size needs a new drawing.
                _ => seen.mark_changed(),
            }
        }
    }
}

fn leaves(key: KeyEvent) -> bool {
    let is_interrupt =
        key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
    is_interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)
}

/// Draws a look: a line on top, then issues, agents and queues, models.
pub(super) fn draw(frame: &mut Frame<'_>, look: &Look) {
    let rows = [
        Constraint::Length(2),
        Constraint::Percentage(35),
        Constraint::Fill(1),
        Constraint::Percentage(25),
    ];
    let [top, issues, middle, models] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(panes::top(look), top);
    let Some(state) = &look.state else { return };
    let found = look
        .report
        .as_ref()
        .map_or(&[][..], |report| &report.issues);
    frame.render_widget(panes::issues(found), issues);
    let halves = [Constraint::Percentage(55), Constraint::Percentage(45)];
    let [agents, queues] = Layout::horizontal(halves).areas(middle);
    frame.render_widget(panes::agents(&state.agents), agents);
    frame.render_widget(panes::queues(&state.queues), queues);
    panes::models(frame, models, &state.litellm);
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use serde_json::json;
    use telemetron_model::Timestamp;

    use super::*;

    fn drawn(look: &Look) -> String {
        let mut terminal = Terminal::new(TestBackend::new(100, 24)).unwrap();
        terminal.draw(|frame| draw(frame, look)).unwrap();
        terminal.backend().to_string()
    }

    fn look() -> Look {
        let now = "2026-01-31T12:00:00Z";
        let state = json!({
            "id": "abc", "generated_at": now, "status": "critical", "workload": [],
            "agents": [{ "name": "booker", "deployment_name": "agents", "models": ["gpt-5"],
                "max_parallel_invocations": 2, "activity": { "updated_at": now, "active_task_ids": [
                    { "id": "t1", "started_on": now, "status": "running" }] } }],
            "queues": [{ "name": "agent-queue-book", "updated_at": now, "tasks": [
                { "id": "t2", "submitted_at": now, "priority": { "level": "critical", "waiting_since_mins": 12.0 } }] }],
            "litellm": [{ "model": "gpt-5", "provider": "openai", "tpm": 91_000.0, "rpm": 3.0,
                "tpm_max": 100_000.0, "rpm_max": 0.0 }],
        });
        let report = json!({
            "status": "critical", "generated_at": now, "sources": [],
            "issues": [{ "id": "i", "kind": "model_near_limit", "severity": "error", "subject_kind": "model",
                "subject": "gpt-5", "summary": "gpt-5 uses 91 % of its tokens per minute", "since": now,
                "first_seen": now, "last_seen": now, "evidence": [],
                "next": { "call": "GET /api/v1/oracle/llm", "why": "shows all models" } }],
        });
        Look {
            state: Some(serde_json::from_value(state).unwrap()),
            report: Some(serde_json::from_value(report).unwrap()),
            seen_at: Some(Timestamp::from_millis(1_769_860_800_000)),
            problem: None,
        }
    }

    #[test]
    fn the_screen_shows_issues_agents_queues_and_models() {
        insta::assert_snapshot!(drawn(&look()));
    }

    #[test]
    fn what_was_known_stays_when_the_api_goes_away() {
        let mut look = look();
        look.problem = Some("the API at http://127.0.0.1:8080 cannot be reached".to_owned());
        let screen = drawn(&look);
        for words in [
            "cannot be reached",
            "as of 2026-01-31 12:00:00",
            "booker",
            "gpt-5 uses 91 %",
        ] {
            assert!(screen.contains(words), "{words}: {screen}");
        }
    }

    #[test]
    fn a_screen_of_any_size_can_be_drawn() {
        for (width, height) in [(1, 1), (20, 5), (300, 100)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| draw(frame, &look())).unwrap();
            terminal
                .draw(|frame| draw(frame, &Look::default()))
                .unwrap();
        }
    }
}
