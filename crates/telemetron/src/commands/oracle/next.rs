//! The next call of an issue, as a command of this program.

/// The command that asks what a path of the API asks, where there is one.
pub(super) fn command(path: &str) -> Option<String> {
    let parts = path.strip_prefix("/api/v1/")?;
    let (parts, query) = parts.split_once('?').unwrap_or((parts, ""));
    let parts: Vec<_> = parts.split('/').collect();
    match parts.as_slice() {
        ["traces", trace, "diagnosis"] => Some(format!("traces diagnose {trace}")),
        ["traces", trace, "graph"] => Some(format!("traces graph {trace}")),
        ["traces", trace] | ["traces", trace, "spans"] => Some(format!("traces show {trace}")),
        ["traces"] => listing(query),
        ["dead-letters", id] => Some(format!("dlq show {id}")),
        ["oracle", part @ ("agents" | "workload" | "queues" | "llm")] => {
            Some(format!("oracle {part}"))
        }
        _ => None,
    }
    .map(|words| format!("telemetron {words}"))
}

/// A list of traces; none when the query asks what the command cannot.
fn listing(query: &str) -> Option<String> {
    let mut words = "traces list".to_owned();
    for pair in query.split('&') {
        match pair.split_once('=')? {
            (name @ ("agent" | "model" | "tool" | "limit"), value) => {
                words.push_str(&format!(" --{name} {}", quoted(value)?));
            }
            ("min_duration_ms", millis) => words.push_str(&format!(" --min-duration {millis}ms")),
            ("errors_only", "true") => words.push_str(" --errors-only"),
            _ => return None,
        }
    }
    Some(words)
}

/// A value of a query as a word for a shell; none when that is not plain to write.
fn quoted(value: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
    let text = value.replace('+', " ");
    match text.chars().all(is_plain) {
        true => Some(text),
        false => text
            .chars()
            .all(|c| is_plain(c) || c == ' ')
            .then(|| format!("'{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_issue_leads_to_is_a_command_where_there_is_one() {
        let of = |path: &str| command(path).unwrap_or_default();
        assert_eq!(
            of("/api/v1/traces/ab12/diagnosis"),
            "telemetron traces diagnose ab12"
        );
        assert_eq!(
            of("/api/v1/traces/ab12/spans?fields=skeleton"),
            "telemetron traces show ab12"
        );
        assert_eq!(
            of("/api/v1/traces?agent=night+watch&errors_only=true&limit=5"),
            "telemetron traces list --agent 'night watch' --errors-only --limit 5"
        );
        assert_eq!(of("/api/v1/oracle/queues"), "telemetron oracle queues");
        assert_eq!(of("/api/v1/dead-letters/7"), "telemetron dlq show 7");
    }

    #[test]
    fn what_no_command_asks_is_left_to_the_api() {
        assert_eq!(command("/api/v1/ingest"), None);
        assert_eq!(command("/api/v1/traces?agent=a%27b&limit=5"), None);
        assert_eq!(command("/api/v1/traces?q=x"), None);
    }
}
