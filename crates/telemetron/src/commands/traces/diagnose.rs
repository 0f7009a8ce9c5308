//! `telemetron traces diagnose`.

use clap::Args;
use telemetron_view::{
    Cause, ChainLink, Confidence, CriticalPath, DiagnosisAnswer, ErrorFate, Follow,
};

use super::list::tell_lag;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Columns of the bar of a part of the critical path.
const BAR: usize = 20;

/// Which trace.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Its id, the beginning of it, `last` or `last-failed`
    trace_id: String,
    /// Read its whole run: `links`, all traces that links of spans join; `session`, all of its session
    #[arg(long, value_name = "BY", value_parser = |text: &str| text.parse::<Follow>())]
    follow: Option<Follow>,
    /// Most tokens that the answer takes a model; what matters least is left out
    #[arg(long, value_name = "N")]
    max_tokens: Option<u32>,
}

/// Says why a trace failed.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let mut query = Query::default();
    query
        .add("max_tokens", choice.max_tokens)
        .add("follow", choice.follow);
    let path = ["api", "v1", "traces", &choice.trace_id, "diagnosis"];
    let answer = client.get(&path, &query).await?;
    if json {
        return output::json(&answer);
    }
    let answer: DiagnosisAnswer = serde_json::from_str(answer.get())?;
    tell(&answer)?;
    tell_lag(answer.freshness.lag)
}

fn tell(answer: &DiagnosisAnswer) -> anyhow::Result<()> {
    let diagnosis = &answer.diagnosis;
    let status = paint::painted(paint::status(diagnosis.status), diagnosis.status);
    let id = paint::painted(paint::LINK, diagnosis.trace_id);
    output::line(format_args!("{id}  {status}"))?;
    output::line(paint::painted(paint::STRONG, plain(&diagnosis.verdict)))?;
    if diagnosis.is_hypothesis {
        let text = "(a hypothesis: no span says that anything failed)";
        output::line(paint::painted(paint::QUIET, text))?;
    }
    causes(&diagnosis.causes)?;
    chain(&diagnosis.chain)?;
    if let Some(path) = &diagnosis.critical_path {
        critical_path(path)?;
    }
    findings(answer)?;
    for limit in &diagnosis.limits {
        output::line(paint::painted(
            paint::QUIET,
            format_args!("· {}", plain(limit)),
        ))?;
    }
    Ok(())
}

/// Text of foreign data, fit for a terminal.
fn plain(text: &str) -> String {
    output::shortened(text, usize::MAX)
}

fn title(text: &str) -> anyhow::Result<()> {
    let text = paint::painted(paint::STRONG, text);
    Ok(output::line(format_args!("\n{text}"))?)
}

fn causes(causes: &[Cause]) -> anyhow::Result<()> {
    if causes.is_empty() {
        return Ok(());
    }
    title("Likely causes")?;
    for cause in causes {
        let style = match cause.confidence {
            Confidence::Certain | Confidence::Likely => paint::FAILED,
            Confidence::Possible => paint::RUNNING,
            Confidence::Guess => paint::QUIET,
        };
        let sure = paint::painted(style, format_args!("{:<9}", cause.confidence.as_str()));
        let sentence = plain(&cause.sentence);
        output::line(format_args!("{:>2}. {sure} {sentence}", cause.rank))?;
        next(&cause.next)?;
    }
    Ok(())
}

fn next(call: &str) -> anyhow::Result<()> {
    let call = paint::painted(paint::QUIET, format_args!("→ {}", plain(call)));
    Ok(output::line(format_args!("              {call}"))?)
}

fn chain(chain: &[ChainLink]) -> anyhow::Result<()> {
    if chain.is_empty() {
        return Ok(());
    }
    title("The way of the error")?;
    for (level, link) in chain.iter().enumerate() {
        let style = match link.fate {
            ErrorFate::Began | ErrorFate::Surfaced | ErrorFate::PassedOn => paint::FAILED,
            ErrorFate::Retried | ErrorFate::Swallowed => paint::GOOD,
        };
        let fate = paint::painted(style, format_args!("{:<9}", link.fate.as_str()));
        let agent = link.agent.as_deref().unwrap_or("-");
        let said = link.error.as_deref().map(plain).unwrap_or_default();
        let arrow = if level == 0 { " " } else { "↑" };
        let (name, agent) = (plain(&link.name), plain(agent));
        let quiet = paint::painted(paint::QUIET, link.span_id);
        output::line(format_args!("{arrow} {fate} {name} ({agent})  {quiet}"))?;
        if !said.is_empty() {
            output::line(format_args!("            {said}"))?;
        }
    }
    Ok(())
}

fn critical_path(path: &CriticalPath) -> anyhow::Result<()> {
    title("What the time went into")?;
    let mut table = Table::new(&[">AT", "~SPAN", "AGENT", ">TOOK", ">SHARE", "OF THE WHOLE"]);
    for part in &path.parts {
        let name = if part.is_wait {
            format!("{} (waiting)", part.name)
        } else {
            part.name.clone()
        };
        let style = if part.is_wait {
            paint::RUNNING
        } else {
            paint::PLAIN
        };
        table.row(vec![
            Cell::painted(paint::QUIET, output::duration_text(part.from_ms)),
            Cell::painted(style, name),
            Cell::plain(part.agent.as_deref().unwrap_or_default()),
            Cell::plain(output::duration_text(part.duration_ms)),
            Cell::plain(format_args!("{:.0} %", part.share * 100.0)),
            Cell::painted(style, bar(part.share)),
        ]);
    }
    output::line(table)?;
    let agents = path.agents.iter().map(|share| {
        let agent = share.agent.as_deref().unwrap_or("no agent");
        format!("{} {:.0} %", plain(agent), share.share * 100.0)
    });
    let agents: Vec<String> = agents.collect();
    let waiting = output::duration_text(path.waiting_ms);
    let total = output::duration_text(path.total_ms);
    Ok(output::line(paint::painted(
        paint::QUIET,
        format_args!("{} · {waiting} of {total} waiting", agents.join(" · ")),
    ))?)
}

fn bar(share: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share is from 0 to 1"
    )]
    let columns = (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
    "━".repeat(columns.max(1))
}

fn findings(answer: &DiagnosisAnswer) -> anyhow::Result<()> {
    let diagnosis = &answer.diagnosis;
    if !diagnosis.findings.is_empty() {
        title("Findings")?;
    }
    for finding in &diagnosis.findings {
        let kind = finding.mode.as_deref().unwrap_or(finding.kind.as_str());
        let kind = paint::painted(paint::LINK, plain(kind));
        output::line(format_args!("{kind}  {}", plain(&finding.sentence)))?;
    }
    let omitted = diagnosis.omitted;
    let left = omitted.causes + omitted.findings + omitted.chain + omitted.path_parts;
    if left > 0 {
        let text = format!("{left} more were left out: --max-tokens 20000");
        output::line(paint::painted(paint::RUNNING, text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share_and_never_empty() {
        assert_eq!(bar(1.0).chars().count(), BAR);
        assert_eq!(bar(0.5).chars().count(), BAR / 2);
        assert_eq!(bar(0.0).chars().count(), 1);
        assert_eq!(bar(7.0).chars().count(), BAR);
    }
}
