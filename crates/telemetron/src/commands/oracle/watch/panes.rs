//! The parts of the screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Gauge, Paragraph, Row, Table, Wrap};
use telemetron_model::record::{Priority, Severity};
use telemetron_view::oracle::{
    ActivityStatus, AgentState, Issue, ModelState, QueueState, SystemStatus,
};

use super::super::tables::{tasks, used, waiting};
use super::Look;
use crate::output;

const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
const QUIET: Style = Style::new().add_modifier(Modifier::DIM);

/// The status of the system, when it was seen, and what is the matter with the API.
pub(super) fn top(look: &Look) -> Paragraph<'static> {
    let status = look.report.as_ref().map(|report| report.status);
    let (word, colour) = match status {
        Some(SystemStatus::Healthy) => ("healthy", Color::Green),
        Some(SystemStatus::Degraded) => ("degraded", Color::Yellow),
        Some(SystemStatus::Critical) => ("critical", Color::Red),
        None => ("not seen yet", Color::Gray),
    };
    let seen = look
        .seen_at
        .map(|at| format!("  as of {}", output::time_text(at.into())));
    let first = Line::from(vec![
        Span::styled("Telemetron ", STRONG),
        Span::styled(word, STRONG.fg(colour)),
        Span::raw(seen.unwrap_or_default()),
        Span::styled("   q leaves, ↑ ↓ scroll the issues", QUIET),
    ]);
    let problem = look
        .problem
        .as_deref()
        .map(|problem| output::shortened(problem, 400));
    let second = Line::styled(problem.unwrap_or_default(), Style::new().fg(Color::Red));
    Paragraph::new(vec![first, second])
}

pub(super) fn framed(title: String) -> Block<'static> {
    Block::bordered().title(Span::styled(title, STRONG))
}

/// The issues as the API orders them, the worst and oldest first, from the `first` shown one on;
/// below each the next call.
pub(super) fn issues(issues: &[Issue], first: usize) -> Paragraph<'static> {
    let lines = |issue: &Issue| {
        let colour = match issue.severity {
            Severity::Error | Severity::Critical => Color::Red,
            Severity::Warning => Color::Yellow,
            Severity::Debug | Severity::Info => Color::Gray,
        };
        let said = Line::from(vec![
            Span::styled(format!("{:<8} ", issue.severity), STRONG.fg(colour)),
            Span::raw(output::shortened(&issue.summary, 400)),
        ]);
        let call = output::shortened(&issue.next.call, 200);
        [said, Line::styled(format!("         → {call}"), QUIET)]
    };
    let text = if issues.is_empty() {
        Text::styled("nothing is wrong", Style::new().fg(Color::Green))
    } else {
        let shown = issues.iter().skip(first).flat_map(lines);
        Text::from(shown.collect::<Vec<_>>())
    };
    let title = match first {
        0 => format!(" Issues ({}) ", issues.len()),
        first => format!(" Issues ({}, from the {}. on) ", issues.len(), first + 1),
    };
    Paragraph::new(text)
        .wrap(Wrap { trim: false })
        .block(framed(title))
}

/// The agents, those with most work first.
pub(super) fn agents(agents: &[AgentState]) -> Table<'static> {
    let mut sorted: Vec<_> = agents.iter().collect();
    sorted.sort_by_key(|agent| std::cmp::Reverse(agent.activity.active_task_ids.len()));
    let row = |agent: &&AgentState| {
        let running = tasks(agent, ActivityStatus::Running);
        let most = agent.room();
        let is_full =
            most.is_some_and(|most| i64::try_from(running).is_ok_and(|running| running >= most));
        let style = if is_full {
            Style::new().fg(Color::Yellow)
        } else {
            Style::new()
        };
        Row::new(vec![
            output::shortened(&agent.name, 60),
            running.to_string(),
            tasks(agent, ActivityStatus::Waiting).to_string(),
            tasks(agent, ActivityStatus::Failed).to_string(),
            most.map_or_else(|| "-".to_owned(), |most| most.to_string()),
        ])
        .style(style)
    };
    let widths = [
        Constraint::Fill(1),
        Constraint::Length(7),
        Constraint::Length(7),
        Constraint::Length(6),
        Constraint::Length(4),
    ];
    Table::new(sorted.iter().map(row), widths)
        .header(Row::new(["agent", "running", "waiting", "failed", "max"]).style(QUIET))
        .block(framed(format!(" Agents ({}) ", agents.len())))
}

/// The queues, the longest first.
pub(super) fn queues(queues: &[QueueState]) -> Table<'static> {
    let mut sorted: Vec<_> = queues.iter().collect();
    sorted.sort_by_key(|queue| std::cmp::Reverse(waiting(queue)));
    let row = |queue: &&QueueState| {
        let critical = queue
            .tasks
            .iter()
            .any(|task| task.priority.level == Priority::Critical);
        let oldest = queue
            .tasks
            .iter()
            .filter_map(|task| task.priority.waiting_since_mins);
        let oldest = oldest.reduce(f64::max);
        let style = if critical {
            Style::new().fg(Color::Red)
        } else {
            Style::new()
        };
        Row::new(vec![
            output::shortened(&queue.name, 60),
            waiting(queue).to_string(),
            oldest.map_or_else(|| "-".to_owned(), |mins| format!("{mins:.0} min")),
        ])
        .style(style)
    };
    let widths = [
        Constraint::Fill(1),
        Constraint::Length(7),
        Constraint::Length(8),
    ];
    Table::new(sorted.iter().map(row), widths)
        .header(Row::new(["queue", "waiting", "oldest"]).style(QUIET))
        .block(framed(format!(" Queues ({}) ", queues.len())))
}

/// The models, each with how much of its limit is used; those nearest to it first.
pub(super) fn models(frame: &mut Frame<'_>, area: Rect, models: &[ModelState]) {
    let block = framed(format!(" Models ({}) ", models.len()));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut sorted: Vec<_> = models.iter().map(|model| (share(model), model)).collect();
    sorted.sort_by(|a, b| b.0.unwrap_or(-1.0).total_cmp(&a.0.unwrap_or(-1.0)));
    let lines =
        Layout::vertical(vec![Constraint::Length(1); usize::from(inner.height)]).split(inner);
    for ((share, model), line) in sorted.iter().zip(lines.iter()) {
        let columns = [Constraint::Length(28), Constraint::Fill(1)];
        let [name, bar] = Layout::horizontal(columns).areas(*line);
        frame.render_widget(Line::raw(output::shortened(&model.model, 27)), name);
        match share {
            Some(share) => frame.render_widget(gauge(*share, model), bar),
            None => frame.render_widget(Line::styled(amounts(model), QUIET), bar),
        }
    }
}

/// How much is used of the limit that is nearest.
fn share(model: &ModelState) -> Option<f64> {
    let shares = [
        used(model.tpm, model.tpm_max),
        used(model.rpm, model.rpm_max),
    ];
    shares.into_iter().flatten().reduce(f64::max)
}

fn gauge(share: f64, model: &ModelState) -> Gauge<'static> {
    let colour = match share {
        0.9.. => Color::Red,
        0.7..0.9 => Color::Yellow,
        _ => Color::Green,
    };
    Gauge::default()
        .ratio(share.clamp(0.0, 1.0))
        .label(format!("{:.0}%  {}", share * 100.0, amounts(model)))
        .gauge_style(Style::new().fg(colour).bg(Color::Black))
}

fn amounts(model: &ModelState) -> String {
    let amount = |amount: Option<f64>| {
        amount.map_or_else(|| "-".to_owned(), |amount| format!("{amount:.0}"))
    };
    format!("{} tpm, {} rpm", amount(model.tpm), amount(model.rpm))
}
