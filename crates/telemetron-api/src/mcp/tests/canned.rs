//! An API whose answers are known.

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use serde_json::{Value, json};

use crate::mcp::client::{Answer, ApiClient, ToolError};

/// The trace that most answers are about.
pub(super) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Answers by the beginning of the path; the longest wins.
pub(super) struct Canned(pub(super) Vec<(String, Value)>);

impl ApiClient for Canned {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, ToolError>> {
        let found = self.0.iter().filter(|(prefix, _)| path.starts_with(prefix));
        let found = found.max_by_key(|(prefix, _)| prefix.len());
        let (status, body) = found.map_or_else(
            || (404, json!({ "type": "t", "title": "Not Found", "status": 404, "detail": format!("there is nothing at {path}") })),
            |(_, body)| (200, body.clone()),
        );
        let text = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned);
        let body = stream::once(async move { Ok(text.into()) }).boxed();
        async move { Ok(Answer { status, body }) }.boxed()
    }
}

/// Freshness of an answer with nothing waiting.
pub(super) fn fresh(mut value: Value) -> Value {
    value["as_of"] = json!("2026-01-31T12:00:00Z");
    value["lag"] = json!({ "records": 0, "seconds": 0.0 });
    value
}

pub(super) fn summary(failed: bool) -> Value {
    json!({
        "trace_id": TRACE, "name": "plan a trip", "status": if failed { "FAILED" } else { "COMPLETED" },
        "stuck": false, "truncated": false, "start_time": "2026-01-31T11:59:00.125Z",
        "end_time": "2026-01-31T11:59:12.625Z", "duration_ms": 12500.0, "time_source": "clock",
        "last_seen": "2026-01-31T11:59:13Z", "session_id": "s1", "user_id": null, "project": "travel",
        "root_agent": "orchestrator", "agents": ["orchestrator", "booker"], "models": ["gpt-5"],
        "tools": ["search"], "tokens": usage(1200, 340), "cost_usd": 0.0123,
        "counts": { "agents": 2, "spans": 4, "running_spans": 0, "failed_spans": 2, "llm_calls": 1,
            "tool_calls": 1, "events": 0, "handoffs": 1, "errors": 1 },
    })
}

pub(super) fn usage(input: i64, output: i64) -> Value {
    json!({ "input": input, "output": output, "total": input + output, "cached": 0, "reasoning": 0 })
}

pub(super) fn skeleton(n: u32, parent: Option<u32>, kind: &str, status: &str) -> Value {
    json!({
        "span_id": format!("{n:016x}"), "parent_span_id": parent.map(|parent| format!("{parent:016x}")),
        "span_kind": kind, "status": status, "start_time": "2026-01-31T11:59:00Z", "end_time": null,
        "duration_ms": 100.0 * f64::from(n), "name": format!("step {n}"), "agent": "booker",
        "total_tokens": null,
    })
}

pub(super) fn issue(n: u32) -> Value {
    json!({
        "id": format!("tool_loop:{n}"), "kind": "tool_loop", "severity": "error", "subject_kind": "trace",
        "subject": TRACE, "summary": format!("booker called search {n} times with the same arguments in 40 s"),
        "since": "2026-01-31T11:50:00Z", "first_seen": "2026-01-31T11:50:05Z",
        "last_seen": "2026-01-31T12:00:00Z",
        "evidence": [{ "kind": "trace", "id": TRACE }, { "kind": "span", "id": "0000000000000003" }],
        "next": { "call": format!("/api/v1/traces/{TRACE}/diagnosis"), "why": "shows the repetition",
            "asks": { "what": "diagnosis", "trace_id": TRACE } },
    })
}

pub(super) fn sources() -> Value {
    json!([
        { "name": "telemetry", "status": "fresh", "updated_at": "2026-01-31T12:00:00Z" },
        { "name": "kubernetes", "status": "absent", "reason": "the API server does not answer" },
        { "name": "ollama", "status": "absent", "configured": false, "reason": "nobody says where" },
    ])
}

/// A diagnosis with so many findings.
pub(super) fn diagnosis(findings: u32) -> Value {
    let cause = |n: u32| {
        json!({
            "rank": n, "kind": "error_origin", "confidence": "certain", "agent": "booker", "step": 3,
            "sentence": "search timed out after 30 s and nobody tried again", "span_id": "0000000000000004",
            "evidence": ["0000000000000004", "0000000000000002"], "next": "look at the arguments",
        })
    };
    let finding = |n: u32| {
        json!({
            "kind": "failure_mode", "mode": "mast/step-repetition", "evidence": ["0000000000000003"],
            "sentence": format!("step {n} was done again with the same arguments"), "next": "see the step",
        })
    };
    fresh(json!({
        "trace_id": TRACE, "name": "plan a trip", "status": "FAILED", "is_hypothesis": false,
        "verdict": "The tool search of booker timed out, and the error came out at the top unhandled.",
        "causes": (1..=(findings / 10).max(1)).map(cause).collect::<Vec<_>>(),
        "chain": [
            { "span_id": "0000000000000004", "name": "search", "agent": "booker", "fate": "began", "error": "Timeout: no answer in 30 s" },
            { "span_id": "0000000000000001", "name": "plan", "agent": "orchestrator", "fate": "surfaced" },
        ],
        "findings": (1..=findings).map(finding).collect::<Vec<_>>(),
        "critical_path": { "total_ms": 12500.0, "waiting_ms": 400.0, "agents": [], "parts": [
            { "span_id": "0000000000000004", "name": "search", "agent": "booker", "is_wait": false,
              "from_ms": 500.0, "duration_ms": 11000.0, "share": 0.88 },
        ] },
        "limits": [], "estimated_tokens": 900,
        "omitted": { "causes": 0, "findings": 2, "chain": 0, "path_parts": 0 },
    }))
}

/// A comparison with so many steps that differ.
pub(super) fn comparison(steps: u32) -> Value {
    let one = |failed: usize| {
        json!({
            "trace_id": TRACE, "name": "plan a trip", "status": "FAILED", "failed_spans": failed, "spans": 4,
            "steps": 3, "duration_ms": 12500.0, "total_tokens": 1540, "cost_usd": 0.0123,
        })
    };
    let step = |n: u32| {
        json!({
            "change": "changed", "agent": "booker", "kind": "TOOL", "name": format!("search {n}"),
            "a": "0000000000000004", "b": "0000000000000005",
            "differences": [{ "aspect": "arguments", "a": "{\"city\":\"Rom\"}", "b": "{\"city\":\"Rome\"}",
                "lines": ["-Rom", "+Rome"] }],
        })
    };
    fresh(json!({
        "a": one(2), "b": one(0), "chosen_because": "the newest completed run with the same name",
        "verdict": "They part at the first call of search, which got another city.",
        "summary": ["a failed, b completed"], "first_difference": step(0),
        "steps": (0..steps).map(step).collect::<Vec<_>>(), "same_steps": 2, "omitted_steps": 0,
        "limits": [], "next": ["span_detail of both"],
    }))
}

/// A state with so many agents, queues, deployments and models.
pub(super) fn state(count: u32) -> Value {
    let now = "2026-01-31T12:00:00Z";
    let many = |make: &dyn Fn(u32) -> Value| (0..count).map(make).collect::<Vec<_>>();
    json!({
        "id": "abc", "generated_at": now, "status": "degraded", "cluster_name": "kind", "sources": sources(),
        "agents": many(&|n| json!({
            "name": format!("agent-{n}"), "max_parallel_invocations": 4, "deployment_name": "agents",
            "models": ["gpt-5"], "activity": { "updated_at": now, "active_task_ids": [
                { "id": "t1", "started_on": now, "status": "running" }] },
        })),
        "workload": many(&|n| json!({
            "deployment_name": format!("agents-{n}"), "max_pods": 3, "live": { "active_pods": 1, "updated_at": now },
            "pods": [{ "pod_id": format!("agents-{n}-x"), "cpu": 0.0, "memory": 0.0, "status": "Pending",
                "detail": { "measured": false, "ready": false, "restarts": 7, "reason": "CrashLoopBackOff", "containers": [] } }],
        })),
        "queues": many(&|n| json!({
            "name": format!("agent-queue-{n}"), "updated_at": now, "tasks": [{ "id": "t2", "submitted_at": now,
                "priority": { "level": "critical", "waiting_since_mins": 12.0 }, "prompt": "book a hotel" }],
        })),
        "litellm": many(&|n| json!({
            "model": format!("gpt-{n}"), "provider": "openai", "tpm": 91000.0, "rpm": 12.0,
            "tpm_max": 100000.0, "rpm_max": 0.0,
        })),
    })
}
