//! What a failure says, apart from where it was raised.

/// How Python begins to tell where.
const TRACEBACK: &str = "Traceback (most recent call last):";

/// How JavaScript does.
const AT: &str = "\n    at ";

/// A message without the stack that some instrumentation appended, and that stack.
pub(super) fn without_stack(text: &str) -> (&str, Option<&str>) {
    if let Some(at) = text.find(TRACEBACK) {
        let (before, stack) = text.split_at(at);
        let before = before.trim();
        let said = if before.is_empty() {
            last_line(stack)
        } else {
            before
        };
        return (said, Some(stack.trim_end()));
    }
    let Some(at) = text.find(AT) else {
        return (text, None);
    };
    let head = &text[..at];
    // the message, and the same once more as the head of its stack
    match head.split_once("\n\n") {
        // An error without a message has nothing but its name there.
        Some((said, again)) if said.trim().is_empty() => {
            (again.trim(), Some(text[said.len()..].trim()))
        }
        Some((said, again)) if again.contains(said.trim()) => {
            (said.trim_end(), Some(text[said.len()..].trim()))
        }
        _ => (head.trim_end(), Some(text[at..].trim_start_matches('\n'))),
    }
}

/// The type at the beginning of a message: `ValueError: no such day`.
pub(super) fn type_of(message: &str) -> Option<&str> {
    const ENDS: &[&str] = &["Error", "Exception", "Interrupt", "Timeout", "Exit"];
    let (name, _) = message.split_once(": ")?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let is_type = name.chars().all(is_name) && ENDS.iter().any(|end| name.ends_with(end));
    (is_type && name.len() <= 100).then_some(name)
}

/// The type at the beginning of a stack of JavaScript: `GraphInterrupt: …`, or alone in its line.
pub(super) fn type_of_stack(stack: &str) -> Option<&str> {
    let line = stack.trim_start().lines().next()?;
    let name = line.split_once(": ").map_or(line, |(name, _)| name).trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then_some(name)
}

/// What Python says at the end of a traceback.
fn last_line(stack: &str) -> &str {
    let mut lines = stack.lines().rev().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_without_its_stack() {
        let python =
            "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: no\n";
        let after = format!("no such day\n\n{python}");
        let cases = [
            ("plain", ("plain", None)),
            (
                "card declined\n\nError: card declined\n    at book (run.mjs:9)\n    at call",
                (
                    "card declined",
                    Some("Error: card declined\n    at book (run.mjs:9)\n    at call"),
                ),
            ),
            (
                "\n\nParentCommand\n    at book (run.mjs:9)",
                (
                    "ParentCommand",
                    Some("ParentCommand\n    at book (run.mjs:9)"),
                ),
            ),
            (
                "Error: no\n    at book (run.mjs:9)",
                ("Error: no", Some("    at book (run.mjs:9)")),
            ),
            (python, ("ValueError: no", Some(python.trim_end()))),
            (&after, ("no such day", Some(python.trim_end()))),
        ];
        for (text, expected) in cases {
            assert_eq!(without_stack(text), expected, "{text}");
        }
    }

    #[test]
    fn a_type_before_a_message_is_found() {
        assert_eq!(
            type_of("litellm.RateLimitError: slow"),
            Some("litellm.RateLimitError")
        );
        assert_eq!(type_of("Error: no"), Some("Error"));
        assert_eq!(type_of("no such Error: here"), None);
        assert_eq!(type_of("note: x"), None);
        let interrupt = "GraphInterrupt: [{}]\n    at run (a.mjs:1)";
        assert_eq!(type_of_stack(interrupt), Some("GraphInterrupt"));
        assert_eq!(
            type_of_stack("ParentCommand\n    at x"),
            Some("ParentCommand")
        );
        assert_eq!(type_of_stack("    at book (run.mjs:9)"), None);
    }
}
