//! The workload of the screen: deployments and processes, those that lack something first.

use ratatui::layout::Constraint;
use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::{Row, Table};
use telemetron_view::oracle::WorkloadState;

use super::panes::framed;
use crate::output;

/// The workload, one deployment a line.
pub(super) fn workload(workload: &[WorkloadState]) -> Table<'static> {
    let mut sorted: Vec<_> = workload.iter().collect();
    sorted.sort_by_key(|workload| (!lacks(workload), std::cmp::Reverse(restarts(workload))));
    let row = |workload: &&WorkloadState| {
        let style = match (lacks(workload), restarts(workload)) {
            (true, _) => Style::new().fg(Color::Red),
            (false, 1..) => Style::new().fg(Color::Yellow),
            (false, _) => Style::new(),
        };
        Row::new(vec![
            output::shortened(&workload.deployment_name, 60),
            format!("{} of {}", workload.live.active_pods, wanted(workload)),
            restarts(workload).to_string(),
        ])
        .style(style)
    };
    let widths = [
        Constraint::Fill(1),
        Constraint::Length(9),
        Constraint::Length(8),
    ];
    let heads = Row::new(["deployment", "ready", "restarts"]);
    Table::new(sorted.iter().map(row), widths)
        .header(heads.style(Style::new().add_modifier(Modifier::DIM)))
        .block(framed(format!(" Workload ({}) ", workload.len())))
}

fn wanted(workload: &WorkloadState) -> i64 {
    let detail = workload.detail.as_ref();
    detail.map_or(workload.max_pods, |detail| detail.wanted_pods)
}

fn lacks(workload: &WorkloadState) -> bool {
    workload.live.active_pods < wanted(workload)
}

fn restarts(workload: &WorkloadState) -> i64 {
    let details = workload.pods.iter().filter_map(|pod| pod.detail.as_ref());
    details.map(|detail| detail.restarts).sum()
}
