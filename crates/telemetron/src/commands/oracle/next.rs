//! The next call of an issue, as a command of this program.

use telemetron_view::{Next, TracesLike};

/// The command that asks the same, where there is one.
pub(super) fn command(asks: &Next) -> Option<String> {
    let words = match asks {
        Next::Traces { like } => listing(like)?,
        Next::Spans { trace_id } => format!("traces show {trace_id}"),
        Next::Diagnosis { trace_id } => format!("traces diagnose {trace_id}"),
        Next::Graph { trace_id } => format!("traces graph {trace_id}"),
        Next::Timeline { trace_id } => format!("traces timeline {trace_id}"),
        Next::Metrics => "metrics".to_owned(),
        Next::DeadLetters => "dlq list".to_owned(),
        Next::DeadLetter { id } => format!("dlq show {id}"),
        Next::State { at: None } => "oracle state".to_owned(),
        Next::State { at: Some(at) } => format!("oracle state --at {at}"),
        Next::Agents => "oracle agents".to_owned(),
        Next::Workload => "oracle workload".to_owned(),
        Next::Queues { at: None } => "oracle queues".to_owned(),
        Next::Queues { at: Some(at) } => format!("oracle queues --at {at}"),
        Next::Issues { at } => format!("oracle issues --at {at}"),
        Next::Diff { from, to } => format!("oracle diff --from {from} --to {to}"),
        Next::Span { .. } | Next::Ingest => return None,
    };
    Some(format!("telemetron {words}"))
}

/// A list of traces; none when a name is not plain to write.
fn listing(like: &TracesLike) -> Option<String> {
    let mut words = "traces list".to_owned();
    let names = [
        ("agent", &like.agent),
        ("model", &like.model),
        ("tool", &like.tool),
    ];
    for (option, name) in names {
        if let Some(name) = name {
            words.push_str(&format!(" --{option} {}", quoted(name)?));
        }
    }
    if let Some(millis) = like.min_duration_ms {
        words.push_str(&format!(" --min-duration {millis}ms"));
    }
    if like.errors_only {
        words.push_str(" --errors-only");
    }
    if let Some(since) = like.start_after {
        words.push_str(&format!(" --since {since}"));
    }
    if let Some(until) = like.start_before {
        words.push_str(&format!(" --until {until}"));
    }
    if let Some(limit) = like.limit {
        words.push_str(&format!(" --limit {limit}"));
    }
    Some(words)
}

/// A name as a word for a shell; none when that is not plain to write.
fn quoted(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
    match name.chars().all(is_plain) {
        true => Some(name.to_owned()),
        false => name
            .chars()
            .all(|c| is_plain(c) || c == ' ')
            .then(|| format!("'{name}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    fn latest(agent: &str) -> Next {
        Next::Traces {
            like: TracesLike {
                agent: Some(agent.to_owned()),
                errors_only: true,
                limit: Some(5),
                ..TracesLike::default()
            },
        }
    }

    #[test]
    fn what_an_issue_leads_to_is_a_command_where_there_is_one() {
        let trace_id = TRACE.parse().unwrap();
        let of = |asks: Next| command(&asks).unwrap_or_default();
        assert_eq!(
            of(Next::Diagnosis { trace_id }),
            format!("telemetron traces diagnose {TRACE}")
        );
        assert_eq!(
            of(Next::Spans { trace_id }),
            format!("telemetron traces show {TRACE}")
        );
        assert_eq!(
            of(latest("night watch")),
            "telemetron traces list --agent 'night watch' --errors-only --limit 5"
        );
        assert_eq!(of(Next::Queues { at: None }), "telemetron oracle queues");
        assert_eq!(of(Next::DeadLetter { id: 7 }), "telemetron dlq show 7");
    }

    #[test]
    fn what_no_command_asks_is_left_to_the_api() {
        assert_eq!(command(&Next::Ingest), None);
        assert_eq!(command(&latest("a'b")), None);
    }
}
