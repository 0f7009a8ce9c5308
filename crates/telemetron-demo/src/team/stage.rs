//! The stage: the SDK, the registered agents, and one request from its opening to its end.

use std::sync::{Mutex, PoisonError};

use telemetron_sdk::{AgentDescriptor, AgentRef, Collector, Failure, RegisteredAgent, TraceGuard};
use tokio_util::sync::CancellationToken;

use super::request::Request;
use super::steps::{LARGE, SMALL};
use super::{Plot, actors};
use crate::delivery::finish;

/// What all requests share.
pub(crate) struct Stage {
    telemetry: Collector,
    team: Team,
    /// The agents as registered: they send heartbeats by themselves until they leave.
    registered: Mutex<Vec<RegisteredAgent>>,
}

/// The agents.
pub(crate) struct Team {
    pub(crate) orchestrator: AgentRef,
    pub(crate) docs: AgentRef,
    pub(crate) web: AgentRef,
    pub(crate) coder: AgentRef,
    pub(crate) reviewer: AgentRef,
}

impl Stage {
    /// Registers the agents.
    pub(crate) fn set(telemetry: Collector) -> Self {
        let mut registered = Vec::new();
        let team = Team::register(&telemetry, &mut registered);
        Self {
            telemetry,
            team,
            registered: Mutex::new(registered),
        }
    }

    /// Opens the trace of a request.
    pub(crate) fn open(&self, request: &Request) -> TraceGuard {
        self.telemetry
            .trace("change request")
            .user_input(request.wish)
            .user(request.user)
            .session(request.session)
            .metadata(&serde_json::json!({"demo": true, "number": request.number}))
            .start()
    }

    /// Plays a request to its end.
    pub(crate) async fn play(&self, trace: TraceGuard, request: Request, stop: CancellationToken) {
        let mut task = self
            .telemetry
            .task("change-requests")
            .prompt(request.wish)
            .priority(request.priority())
            .invoked_by(request.user)
            .in_trace(&trace)
            .submit();
        task.start(self.team.orchestrator.clone());
        let outcome = tokio::select! {
            outcome = actors::orchestrate(&self.team, &trace, &request) => outcome,
            () = interruption(&request, &stop) => {
                Err(Failure::new("Interrupted", "the demonstration was stopped"))
            }
        };
        match outcome {
            Ok(answer) => {
                task.complete();
                trace.complete(&answer);
            }
            Err(failure) => {
                task.fail(failure.clone());
                trace.fail(failure);
            }
        }
    }

    /// Unregisters the agents and waits until Kafka has everything.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        let registered = std::mem::take(
            &mut *self
                .registered
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for agent in registered {
            agent.unregister("the demonstration is over");
        }
        finish(&self.telemetry).await
    }
}

/// Waits until the request is to be given up. The stuck one never is: nobody is left to say so.
async fn interruption(request: &Request, stop: &CancellationToken) {
    if request.plot == Plot::Stuck {
        std::future::pending::<()>().await;
    }
    stop.cancelled().await;
}

impl Team {
    fn register(telemetry: &Collector, registered: &mut Vec<RegisteredAgent>) -> Self {
        let mut agent = |name: &str, what: &str, model: &str, capability: &str| {
            let descriptor = AgentDescriptor::new(name)
                .id(format!("demo-{name}"))
                .description(what)
                .capability(capability)
                .model(model)
                .max_parallel(4)
                .deployment("telemetron-demo");
            let agent = telemetry.register(descriptor);
            let named = AgentRef::from(&agent);
            registered.push(agent);
            named
        };
        Self {
            orchestrator: agent(
                "orchestrator",
                "plans and delegates",
                LARGE.name,
                "planning",
            ),
            docs: agent(
                "researcher-docs",
                "reads our own documents",
                SMALL.name,
                "retrieval",
            ),
            web: agent(
                "researcher-web",
                "searches the web",
                SMALL.name,
                "web search",
            ),
            coder: agent(
                "coder",
                "writes code and runs its tests",
                LARGE.name,
                "coding",
            ),
            reviewer: agent("reviewer", "reviews code", LARGE.name, "review"),
        }
    }
}
