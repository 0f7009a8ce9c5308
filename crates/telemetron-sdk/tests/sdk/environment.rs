//! The trace goes on in a child process: this test binary, started once more.

use std::process::Command;

use telemetron_sdk::{Collector, CollectorBuilder, MemorySink};

use crate::support::{PATIENCE, start};

const CHILD: &str = "TELEMETRON_TEST_CHILD";
const SERVICE: &str = "TELEMETRON_SERVICE";

/// What the child does; nothing when this is not the child.
#[test]
fn in_the_child_process() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let sink = MemorySink::default();
    let builder: CollectorBuilder = CollectorBuilder::from_env().unwrap();
    let telemetry: Collector = builder.sink(sink.clone()).start().unwrap();
    let trace = telemetry
        .trace("child")
        .continue_from(telemetry.inherited())
        .start();
    trace.agent("worker").complete();
    drop(trace);
    telemetry.shutdown_blocking(PATIENCE);
    let span = &sink.spans()[0];
    let service = span
        .resource
        .as_ref()
        .and_then(|resource| resource.service.clone());
    // Read by the parent.
    println!(
        "SPAN {} {:?} {service:?}",
        span.trace_id, span.parent_span_id
    );
}

#[test]
fn a_child_process_continues_the_trace() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let agent = trace.agent("parent");
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "environment::in_the_child_process",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .env(SERVICE, "worker-service")
        .envs(agent.env_for_child())
        .output()
        .unwrap();
    agent.complete();
    let said = String::from_utf8_lossy(&output.stdout);
    let parent = seen.ended("parent");
    let expected = format!(
        "SPAN {} Some({}) Some(\"worker-service\")",
        parent.trace_id, parent.span_id
    );
    assert!(said.contains(&expected), "{said}");
}
