//! What a span is, from the words of the dialects.

use telemetron_model::record::SpanKind;

/// The kind behind a word of a vendor's own vocabulary (OpenInference, Langfuse, LangSmith,
/// MLflow), in any case; none for `UNKNOWN` and for words that nobody knows.
pub(super) fn of_word(word: &str) -> Option<SpanKind> {
    const WORDS: &[(SpanKind, &[&str])] = &[
        (
            SpanKind::Llm,
            &["llm", "chat_model", "embedding", "generation"],
        ),
        (SpanKind::Tool, &["tool", "function"]),
        (SpanKind::Retriever, &["retriever", "reranker"]),
        (SpanKind::Agent, &["agent"]),
        (
            SpanKind::Chain,
            &[
                "chain",
                "workflow",
                "task",
                "prompt",
                "parser",
                "guardrail",
                "evaluator",
                "memory",
                "decision",
                "step",
                "span",
                "event",
                "hook",
            ],
        ),
    ];
    look_up(WORDS, word)
}

/// The kind behind `gen_ai.operation.name`, with what shipped code writes beside the convention.
pub(super) fn of_operation(operation: &str) -> Option<SpanKind> {
    const OPERATIONS: &[(SpanKind, &[&str])] = &[
        (
            SpanKind::Llm,
            &[
                "chat",
                "text_completion",
                "generate_content",
                "embeddings",
                "fetch_response",
                "llm_request",
                "call_llm",
                "completion",
                "generate",
                "response",
            ],
        ),
        (
            SpanKind::Tool,
            &[
                "execute_tool",
                "handoff",
                "create_memory",
                "update_memory",
                "upsert_memory",
                "delete_memory",
                "create_memory_store",
                "delete_memory_store",
            ],
        ),
        (
            SpanKind::Retriever,
            &["retrieval", "search_memory", "vector_db_retrieve", "rerank"],
        ),
        (SpanKind::Agent, &["invoke_agent"]),
        (
            SpanKind::Chain,
            &[
                // An agent that is made does not work yet.
                "create_agent",
                "invoke_workflow",
                "invoke_swarm",
                "plan",
                "goto",
                "execute_task",
                "agent_step",
                "decide",
            ],
        ),
    ];
    look_up(OPERATIONS, operation)
}

fn look_up(table: &[(SpanKind, &[&str])], word: &str) -> Option<SpanKind> {
    let fits = |known: &str| known.eq_ignore_ascii_case(word.trim());
    let row = table
        .iter()
        .find(|(_, words)| words.iter().any(|known| fits(known)));
    row.map(|(kind, _)| *kind)
}
