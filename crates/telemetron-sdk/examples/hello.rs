//! A first trace: `cargo run -p telemetron-sdk --example hello`.
//!
//! Sends to the Kafka in `KAFKA_BOOTSTRAP_SERVERS`, or on this machine.

use std::error::Error;
use std::time::Duration;

use telemetron_sdk::{Collector, Scope, TokenUsage};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = Collector::from_env()?;
    let trace = telemetry
        .trace("plan a trip")
        .user_input("three days in Rome, by train")
        .session("hello")
        .start();
    eprintln!("trace {}", trace.trace_id());

    let orchestrator = trace.agent("orchestrator");
    let hotel = orchestrator.in_scope(find_hotel(&orchestrator)).await?;
    trace
        .handoff("orchestrator", "booker")
        .reason("a hotel was found")
        .context(hotel)
        .send();
    orchestrator.complete();

    let booker = trace.agent("booker");
    booker.event("booked", &hotel);
    booker.complete();
    trace.complete(hotel);

    let report = telemetry.shutdown(Duration::from_secs(10)).await;
    eprintln!("{report:?}");
    Ok(())
}

/// An agent at work: it searches, then asks a model to choose.
async fn find_hotel(agent: &Scope) -> Result<&'static str, Box<dyn Error>> {
    let found = agent
        .tool("hotel_search")
        .run(async |call| {
            call.input("Rome").attribute("stars", 3);
            Ok::<_, std::io::Error>(["Forum", "Termini"])
        })
        .await?;
    let call = agent.llm("llama3.2");
    call.provider("ollama").input(&found).output(found[0]);
    call.tokens(TokenUsage::new(210, 12)).cost_usd(0.0);
    call.complete();
    Ok(found[0])
}
