//! Exceptions that are no failures: frameworks raise them to go elsewhere, to wait, or to stop.

/// How their types end.
const TYPES: &[&str] = &[
    // LangGraph: to a node of the graph above; a pause for a person.
    "ParentCommand",
    "GraphBubbleUp",
    "GraphInterrupt",
    "NodeInterrupt",
    // Pydantic AI: tools that are approved, or run, elsewhere.
    "ApprovalRequired",
    "CallDeferred",
    // A generator whose reader has enough, and a task that its owner stops.
    "GeneratorExit",
    "StopIteration",
    "StopAsyncIteration",
    "CancelledError",
];

/// Whether an exception says where a program goes on rather than that it failed.
///
/// Some instrumentations write every type as `Exception`, and the real one before its message.
pub(crate) fn is_control_flow(error_type: &str, message: &str) -> bool {
    let last = error_type.rsplit(['.', ':']).next().unwrap_or(error_type);
    let is_one = |name: &str| TYPES.contains(&name);
    let told = message.split('(').next().unwrap_or_default();
    is_one(last) || (is_one(told) && message.len() > told.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_elsewhere_or_waits_is_no_failure() {
        let flows = [
            ("langgraph.errors.ParentCommand", ""),
            ("GraphInterrupt", "(Interrupt(value='May I?'),)"),
            ("Exception", "ParentCommand(Command(graph='x'))"),
            ("asyncio.exceptions.CancelledError", ""),
        ];
        for (error_type, message) in flows {
            assert!(
                is_control_flow(error_type, message),
                "{error_type} {message}"
            );
        }
        let failures = [
            ("ValueError", "ParentCommand"),
            ("GraphRecursionError", "too deep"),
            ("Exception", "it failed (twice)"),
        ];
        for (error_type, message) in failures {
            assert!(
                !is_control_flow(error_type, message),
                "{error_type} {message}"
            );
        }
    }
}
