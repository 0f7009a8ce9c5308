//! A team that thinks with a real language model: a planner, a researcher for each of its questions,
//! and a writer.

mod model;
#[cfg(test)]
mod tests;

use anyhow::Context as _;
use serde_json::json;
use telemetron_kafka::KafkaConfig;
use telemetron_model::TraceId;
use telemetron_sdk::{Collector, Failure, HandoffMode, Scope, TraceGuard};

pub use model::{Endpoint, Model};

use crate::delivery::finish;

/// What the team is asked when nobody asks anything else.
pub const QUESTION: &str = "What does a trace of an AI agent show that a log does not?";

/// Most questions that the planner may ask.
const MOST_QUESTIONS: usize = 2;

/// A request that was answered.
#[derive(Debug)]
pub struct Answered {
    /// Its trace.
    pub trace_id: TraceId,
    /// The answer.
    pub text: String,
}

/// Asks the team a question.
///
/// # Errors
/// When the model is not there, does not answer, or not everything that was recorded reached Kafka.
pub async fn ask(kafka: KafkaConfig, model: &Model, question: &str) -> anyhow::Result<Answered> {
    let telemetry = Collector::builder()
        .kafka(kafka)
        .service("telemetron-demo")
        .project("demo")
        .start()?;
    let answered = play(&telemetry, model, question).await;
    let finished = finish(&telemetry).await;
    let answered = answered?;
    finished?;
    Ok(answered)
}

/// The same, on an SDK that somebody else shuts down.
async fn play(telemetry: &Collector, model: &Model, question: &str) -> anyhow::Result<Answered> {
    let trace = telemetry.trace("question").user_input(question).start();
    let trace_id = trace.trace_id();
    match team(&trace, model, question).await {
        Ok(text) => {
            trace.complete(&text);
            Ok(Answered { trace_id, text })
        }
        Err(error) => {
            trace.fail(Failure::new("ModelFailed", format!("{error:#}")));
            Err(error).with_context(|| format!("trace {trace_id} failed"))
        }
    }
}

async fn team(trace: &TraceGuard, model: &Model, question: &str) -> anyhow::Result<String> {
    let planner = trace.agent("planner");
    planner.input(question);
    let wish = format!(
        "List at most {MOST_QUESTIONS} short questions whose answers are needed to answer this \
         one, a line each, and nothing else: {question}"
    );
    let plan = model.ask(&planner, &wish).await?;
    let questions: Vec<_> = plan
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let questions = &questions[..questions.len().min(MOST_QUESTIONS)];
    planner.output(&questions);

    let mut notes = Vec::new();
    for question in questions {
        hand_over(
            &planner,
            "planner",
            "researcher",
            HandoffMode::Delegate,
            question,
        );
        let researcher = planner.agent("researcher");
        researcher.input(question);
        let note = model
            .ask(&researcher, &format!("Answer in one sentence: {question}"))
            .await?;
        researcher.output(&note);
        researcher.complete();
        notes.push(note);
    }
    planner.complete();

    hand_over(trace, "planner", "writer", HandoffMode::Transfer, question);
    let writer = trace.agent("writer");
    writer.input(&json!({"question": question, "notes": notes}));
    let wish = format!(
        "Answer in two sentences: {question}\nNotes:\n{}",
        notes.join("\n")
    );
    let answer = model.ask(&writer, &wish).await?;
    writer.output(&answer);
    writer.complete();
    Ok(answer)
}

fn hand_over(scope: &Scope, from: &'static str, to: &'static str, mode: HandoffMode, what: &str) {
    let reason = match mode {
        HandoffMode::Transfer => "everything is found out",
        _ => "it is to be found out",
    };
    scope
        .handoff(from, to)
        .reason(reason)
        .mode(mode)
        .context(&json!({"question": what}))
        .send();
}
