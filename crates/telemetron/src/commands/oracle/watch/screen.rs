//! The terminal: drawn when something is new, left with a key.

use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::{DefaultTerminal, Frame};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Look, panes, workload};

/// How long a key or a new look may wait to be seen.
const PULSE: Duration = Duration::from_millis(100);

/// Issues that a page moves by.
const PAGE: usize = 5;

/// Shows looks until a key leaves the screen. The terminal is as it was afterwards, even when this
/// fails.
pub(super) fn show(seen: &watch::Receiver<Look>, stop: &CancellationToken) -> io::Result<()> {
    let mut seen = seen.clone();
    seen.mark_changed();
    ratatui::run(|terminal| until_left(terminal, &mut seen, stop))
}

fn until_left(
    terminal: &mut DefaultTerminal,
    seen: &mut watch::Receiver<Look>,
    stop: &CancellationToken,
) -> io::Result<()> {
    let mut first = 0;
    while !stop.is_cancelled() {
        if seen.has_changed().unwrap_or(true) {
            let look = seen.borrow_and_update().clone();
            first = first.min(last(&look));
            terminal.draw(|frame| draw(frame, &look, first))?;
        }
        if event::poll(PULSE)? {
            match event::read()? {
                Event::Key(key) if leaves(key) => return Ok(()),
                Event::Key(key) => first = scrolled(first, key).min(last(&seen.borrow())),
                _ => {}
            }
            // A new size or another first line needs a new drawing.
            seen.mark_changed();
        }
    }
    Ok(())
}

/// The place of the last issue.
fn last(look: &Look) -> usize {
    let count = look.report.as_ref().map_or(0, |report| report.issues.len());
    count.saturating_sub(1)
}

/// The first issue that is shown, after a key.
fn scrolled(first: usize, key: KeyEvent) -> usize {
    match key.code {
        KeyCode::Down | KeyCode::Char('j') => first.saturating_add(1),
        KeyCode::Up | KeyCode::Char('k') => first.saturating_sub(1),
        KeyCode::PageDown => first.saturating_add(PAGE),
        KeyCode::PageUp => first.saturating_sub(PAGE),
        KeyCode::Home => 0,
        KeyCode::End => usize::MAX,
        _ => first,
    }
}

fn leaves(key: KeyEvent) -> bool {
    let is_interrupt =
        key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
    is_interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)
}

/// Draws a look: a line on top, then issues from the `first` on, agents and queues, models, and
/// the workload where there is any.
pub(super) fn draw(frame: &mut Frame<'_>, look: &Look, first: usize) {
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
    frame.render_widget(panes::issues(found, first), issues);
    let halves = [Constraint::Percentage(55), Constraint::Percentage(45)];
    let [agents, queues] = Layout::horizontal(halves).areas(middle);
    frame.render_widget(panes::agents(&state.agents), agents);
    frame.render_widget(panes::queues(&state.queues), queues);
    let below = match state.workload.is_empty() {
        true => [Constraint::Fill(1), Constraint::Length(0)],
        false => halves,
    };
    let [models, deployments] = Layout::horizontal(below).areas(models);
    panes::models(frame, models, &state.litellm);
    if !state.workload.is_empty() {
        frame.render_widget(workload::workload(&state.workload), deployments);
    }
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
        terminal.draw(|frame| draw(frame, look, 0)).unwrap();
        terminal.backend().to_string()
    }

    fn look() -> Look {
        let now = "2026-01-31T12:00:00Z";
        let state = json!({
            "id": "abc", "generated_at": now, "status": "critical",
            "workload": [{ "deployment_name": "agents", "max_pods": 2,
                "live": { "active_pods": 1, "updated_at": now }, "pods": [
                    { "pod_id": "agents-1", "cpu": 0.0, "memory": 0.0, "status": "Running",
                      "detail": { "measured": false, "ready": true, "restarts": 3, "containers": [] } }] }],
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
                "next": { "call": "/api/v1/oracle/llm", "why": "shows all models" } }],
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
    fn the_issues_are_scrolled_by_keys_and_no_further_than_the_last() {
        let press = |first, code| scrolled(first, KeyEvent::new(code, KeyModifiers::NONE));
        assert_eq!(press(0, KeyCode::Down), 1);
        assert_eq!(press(0, KeyCode::Up), 0);
        assert_eq!(press(3, KeyCode::PageDown), 8);
        assert_eq!(press(3, KeyCode::Home), 0);
        assert_eq!(press(3, KeyCode::Char('x')), 3);
        assert_eq!((last(&look()), last(&Look::default())), (0, 0));
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
            terminal.draw(|frame| draw(frame, &look(), 0)).unwrap();
            terminal
                .draw(|frame| draw(frame, &Look::default(), 3))
                .unwrap();
        }
    }
}
