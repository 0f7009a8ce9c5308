//! A system of many agents, through the SDK: tasks that wait and run, spans that run, models that
//! are called all the time.

use std::time::Duration;

use serde_json::json;
use telemetron_sdk::{
    AgentDescriptor, Collector, RegisteredAgent, SpanGuard, TaskHandle, TokenUsage, TraceGuard,
};

use crate::workload::Chance;

/// Agents that are registered, each with a trace at work.
pub(super) const AGENTS: usize = 200;

/// Models that they call.
pub(super) const MODELS: usize = 50;

/// Tasks that wait.
pub(super) const WAITING: usize = 400;

/// Tasks at work.
const RUNNING: usize = 100;

/// Queues of these tasks.
const QUEUES: usize = 10;

/// Open calls below each agent's own span.
const CALLS: usize = 4;

/// The figures above, in words.
pub(super) const SIZE: &str =
    "200 agents, 50 models, 1,000 running spans, 400 tasks that wait and 100 at work";

/// How long what was emitted may take to be acknowledged at the end.
const FLUSH: Duration = Duration::from_secs(30);

pub(super) struct System {
    collector: Collector,
    chance: Chance,
    at_work: Vec<AtWork>,
    tasks: Vec<TaskHandle>,
    turn: usize,
}

/// An agent, and what it is in the middle of.
struct AtWork {
    agent: RegisteredAgent,
    calls: Vec<SpanGuard>,
    root: SpanGuard,
    trace: TraceGuard,
}

impl System {
    pub(super) fn begin(bootstrap_servers: &str) -> anyhow::Result<Self> {
        let collector = Collector::builder()
            .bootstrap_servers(bootstrap_servers)
            .service("bench")
            .project("bench")
            .start()?;
        let mut system = Self {
            collector,
            chance: Chance::new(1),
            at_work: Vec::new(),
            tasks: Vec::new(),
            turn: 0,
        };
        system.at_work = (0..AGENTS).map(|n| system.agent(n)).collect();
        system.tasks = (0..WAITING + RUNNING).map(|n| system.task(n)).collect();
        // Every model was called before anybody looks.
        (0..AGENTS).for_each(|_| system.go_on());
        Ok(system)
    }

    /// Ends one more model call, so that gauges move as in a system at work.
    pub(super) fn go_on(&mut self) {
        let turn = self.turn;
        self.turn += 1;
        let call = self.at_work[turn % AGENTS].root.llm(model(turn));
        call.input(&json!([{"role": "user", "content": self.chance.text(20)}]))
            .output(&self.chance.text(20))
            .tokens(TokenUsage::new(1_200, 240));
        call.complete();
    }

    /// Begins a trace of one's own.
    pub(super) fn trace(&self, name: &'static str) -> TraceGuard {
        self.collector.trace(name).start()
    }

    /// Waits until everything so far is delivered.
    pub(super) async fn flush(&self) -> anyhow::Result<()> {
        let report = self.collector.flush(FLUSH).await;
        let lost = report.dropped + report.pending;
        anyhow::ensure!(lost == 0, "the load was not delivered: {report:?}");
        Ok(())
    }

    /// Ends all that is open, and delivers it.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.tasks.into_iter().for_each(TaskHandle::complete);
        for at_work in self.at_work {
            at_work.calls.into_iter().for_each(SpanGuard::complete);
            at_work.root.complete();
            at_work.trace.complete("done");
            at_work.agent.unregister("the benchmark is over");
        }
        let report = self.collector.shutdown(FLUSH).await;
        anyhow::ensure!(
            report.dropped == 0,
            "the load was not delivered whole: {report:?}"
        );
        Ok(())
    }

    fn agent(&mut self, n: usize) -> AtWork {
        let name = format!("agent-{n:03}");
        let agent = self.collector.register(
            AgentDescriptor::new(name.as_str())
                .description(self.chance.text(12))
                .model(model(n))
                .model(model(n + 7))
                .max_parallel(8)
                .deployment(format!("deployment-{:02}", n % 40)),
        );
        let trace = self.collector.trace("bench").start();
        let root = trace.agent(&agent);
        let calls = (0..CALLS).map(|call| match call % 2 {
            0 => root.llm(model(n + call)),
            _ => root.tool("web_search"),
        });
        AtWork {
            calls: calls.collect(),
            agent,
            root,
            trace,
        }
    }

    fn task(&mut self, n: usize) -> TaskHandle {
        let task = self.collector.task(format!("queue-{}", n % QUEUES));
        let mut task = task
            .prompt(self.chance.text(40))
            .args(&json!({"file": self.chance.text(4), "line": n}))
            .invoked_by(format!("agent-{:03}", n % AGENTS))
            .submit();
        if n >= WAITING {
            task.start(&self.at_work[n % AGENTS].agent);
        }
        task
    }
}

fn model(n: usize) -> String {
    format!("model-{:02}", n % MODELS)
}
